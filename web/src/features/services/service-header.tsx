import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Layers, Server as ServerIcon } from "lucide-react";
import type { Service } from "@/api/types";
import { DeployMenu } from "@/features/deployments/deploy-menu";
import { serversQuery } from "@/features/servers/queries";
import { count } from "@/lib/format";
import { Crumbs } from "@/ui/crumbs";
import { State } from "@/ui/state";
import { LinkTabs } from "@/ui/tabs";
import { Address } from "./address";
import { replicasOf } from "./placement";
import { ServiceState } from "./service-state";
import { isDeploying, pendingOperation } from "./status";
import { TrafficShares } from "./traffic-shares";

/** What a service is and does now, its main action, and its tabs. */
export function ServiceHeader({ service }: { service: Service }) {
  const { data: servers } = useQuery(serversQuery);
  const placed = service.placement.map((target) => ({ id: target.id, server: servers?.items.find((each) => each.id === target.id) }));
  const params = { serviceId: service.id };
  const pending = pendingOperation(service);
  return (
    <div className="border-b border-line">
      <div className="mx-auto w-full max-w-[1440px] px-6 pt-5">
        <Crumbs items={[{ label: "Projects", link: { to: "/projects" } }, { label: service.project_slug, link: { to: "/projects/$projectId", params: { projectId: service.project_id } } }]} />
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
          <div className="flex min-w-0 flex-wrap items-center gap-3">
            <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">{service.slug}</h1>
            <span data-testid="service-state"><ServiceState pill service={service} /></span>
            {pending && <State pill tone="busy" label={pending} />}
            {service.deployment && isDeploying(service) && service.state !== "deploying" && (
              <Link to="/deployments/$deploymentId" params={{ deploymentId: service.deployment.id }} className="rounded-full hover:underline">
                <State pill tone="busy" label={`${service.deployment.kind === "rollback" ? "Rolling back" : "Deploying"}…`} />
              </Link>
            )}
          </div>
          <DeployMenu service={service} />
        </div>
        <dl className="mt-2 mb-2 flex min-w-0 flex-wrap items-center gap-x-5 gap-y-1.5 [&>div]:flex [&>div]:min-w-0 [&>div]:items-center [&>div]:gap-1.5">
          <div><dt className="sr-only">Address</dt><dd className="min-w-0"><Address service={service} /></dd></div>
          <div>
            <dt className="sr-only">Live release</dt>
            <dd className="flex min-w-0 items-center gap-2">
              <TrafficShares service={service} />
            </dd>
          </div>
          <div><dt className="sr-only">Replicas</dt><dd className="flex items-center gap-1.5 text-muted"><Layers aria-hidden className="size-3.5" /><span className="tabular">{count(replicasOf(service), "replica")}</span></dd></div>
          <div className="gap-3!">
            <dt className="sr-only">{placed.length > 1 ? "Servers" : "Server"}</dt>
            {placed.map(({ id, server }) => (
              <dd key={id}><Link to="/servers/$serverId" params={{ serverId: id }} className="flex items-center gap-1.5 text-muted hover:text-text hover:underline"><ServerIcon aria-hidden className="size-3.5" />{server?.name ?? "server"}{server?.state === "offline" && <span className="text-bad"> offline</span>}</Link></dd>
            ))}
          </div>
        </dl>
        <LinkTabs
          label={`Pages of ${service.slug}`}
          tabs={[
            { label: "Overview", link: { to: "/services/$serviceId", params }, exact: true },
            { label: "Deployments", link: { to: "/services/$serviceId/deployments", params } },
            { label: "Logs", link: { to: "/services/$serviceId/logs", params } },
            { label: "Env", link: { to: "/services/$serviceId/env", params } },
            { label: "Settings", link: { to: "/services/$serviceId/settings", params } },
            { label: "History", link: { to: "/services/$serviceId/history", params } },
          ]}
        />
      </div>
    </div>
  );
}
