import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Container } from "lucide-react";
import type { Instance, Server } from "@/api/types";
import { servicesQuery } from "@/features/services/queries";
import { count, short } from "@/lib/format";
import { Empty } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";

/** What runs on a server, as its agent sees it. */
export function Instances({ server }: { server: Server }) {
  const services = useQuery(servicesQuery()).data?.items ?? [];
  const instances = server.live?.instances ?? [];
  const slugOf = (id: string) => services.find((each) => each.id === id);
  return (
    <Panel title="Running here" aside={server.live ? count(instances.length, "replica") : undefined} flush>
      {instances.length === 0 ? (
        <Empty icon={Container} title={server.live ? "Nothing runs here" : "Not known"}>
          {server.live ? "Create a service on this server and deploy it: its replicas appear here." : "The agent is not connected."}
        </Empty>
      ) : (
        <div className="overflow-x-auto">
          <table aria-label={`Replicas on ${server.name}`} className="w-full">
            <thead>
              <tr className="text-left text-xs text-muted [&>th]:h-8 [&>th]:px-4 [&>th]:font-medium">
                <th scope="col">Service</th><th scope="col">State</th><th scope="col">Release</th><th scope="col">Digest</th><th scope="col">Restarts</th><th scope="col">Started</th>
              </tr>
            </thead>
            <tbody>
              {instances.map((instance) => <Row key={instance.name} instance={instance} service={slugOf(instance.labels.service)} />)}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ instance, service }: { instance: Instance; service: { id: string; slug: string; live?: { id: string; number: number } } | undefined }) {
  const { labels } = instance;
  const live = service?.live?.id === labels.release;
  return (
    <tr className="[&>td]:h-10 [&>td]:border-t [&>td]:border-line [&>td]:px-4" title={instance.name}>
      <td>
        {service ? <Link to="/services/$serviceId" params={{ serviceId: service.id }} className="font-medium hover:underline">{service.slug}</Link> : <code className="font-mono text-xs">{instance.name}</code>}
        <span className="text-muted"> · {labels.replica}</span>
      </td>
      <td><InstanceState instance={instance} /></td>
      <td className="text-muted">{live ? `#${service.live?.number ?? ""} live` : <code className="font-mono text-xs">{labels.release.slice(0, 12)}</code>}</td>
      <td><code className="font-mono text-xs text-muted">{short(instance.digest)}</code></td>
      <td className="tabular text-muted">{instance.restarts}</td>
      <td className="text-muted"><Ago at={instance.started_at} /></td>
    </tr>
  );
}

function InstanceState({ instance }: { instance: Instance }) {
  if (instance.state === "running") return <State tone="ok" label="Running" />;
  if (instance.state === "restarting") return <State tone="warn" label="Restarting" />;
  return <State tone="bad" label={instance.oom_killed ? "Out of memory" : `Exited ${instance.exit_code}`} />;
}
