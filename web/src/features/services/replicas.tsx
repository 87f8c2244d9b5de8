import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Instance, Service } from "@/api/types";
import { serversQuery } from "@/features/servers/queries";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";
import { replicasOf, replicasOn } from "./placement";
import { countLive, replicaGroups } from "./replica-groups";
import { shareText } from "./traffic-shares";

/** The running copies, as the agent sees them at this moment. */
export function Replicas({ service }: { service: Service }) {
  const { data } = useQuery(serversQuery);
  const groups = replicaGroups(service, data?.items ?? []);
  const unseen = groups.filter((group) => !group.instances);
  const all = groups.flatMap((group) => group.instances ?? []);
  return (
    <Panel title="Replicas" flush aside={unseen.length < groups.length && service.live && `${countLive(service, all)} of ${service.state === "stopped" ? 0 : replicasOf(service)} of the live release running`}>
      {unseen.map(({ server }) => <p key={server.id} className="p-4 text-muted">The agent of {server.name} is not connected: what runs there is not known. What ran goes on serving.</p>)}
      {!data ? <div className="p-4"><SkeletonLines lines={2} label="Loading replicas" /></div>
        : unseen.length === groups.length ? null
        : all.length === 0 ? <p className="p-4 text-muted">No copy is running{service.state === "stopped" ? ": the service is stopped." : "."}</p>
        : groups.map(({ server, instances }) => instances && (
          <section key={server.id} aria-label={`Replicas on ${server.name}`} className="border-t border-line first:border-t-0">
            {groups.length > 1 && (
              <h3 className="flex items-center gap-2 bg-bg px-4 py-1.5 text-xs text-muted">
                <Link to="/servers/$serverId" params={{ serverId: server.id }} className="font-medium text-text hover:underline">{server.name}</Link>
                <span>{countLive(service, instances)} of {replicasOn(service, server.id)} running</span>
              </h3>
            )}
            <ul>{instances.map((each) => <Replica key={`${each.name} ${each.address}`} instance={each} service={service} />)}</ul>
          </section>
        ))}
    </Panel>
  );
}

function Replica({ instance, service }: { instance: Instance; service: Service }) {
  const { labels } = instance;
  const share = service.traffic.find((each) => each.release_id === labels.release);
  const having = share && (service.traffic.length > 1 ? shareText(share.weight_percent) : "live");
  const role = share ? `#${share.number} ${having}` : service.warm.includes(labels.release) ? "warm" : "starting";
  return (
    <li className="flex items-center gap-4 border-t border-line px-4 py-2 first:border-t-0">
      <span className="w-24">{instance.ailing ? <State tone="warn" label="Ailing" /> : instance.state === "running" ? <State tone="ok" label="Running" /> : instance.state === "restarting" ? <State tone="warn" label="Restarting" /> : <State tone="bad" label={instance.oom_killed ? "Out of memory" : `Exited ${instance.exit_code}`} />}</span>
      <span className="min-w-0 flex-1 truncate" title={instance.ailing ?? instance.name}>Replica {labels.replica} {instance.ailing && <span className="text-muted">gets no requests: {instance.ailing} </span>}<code className="font-mono text-xs text-muted">{labels.release.slice(0, 12)}…</code></span>
      <span className="w-20 text-muted">{role}</span>
      <span className="tabular hidden w-24 text-muted md:inline">{instance.restarts === 0 ? "no restarts" : `${instance.restarts} restarts`}</span>
      <span className="w-20 text-right text-muted"><Ago at={instance.started_at} /></span>
    </li>
  );
}
