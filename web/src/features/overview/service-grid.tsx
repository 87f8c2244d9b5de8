import { Link } from "@tanstack/react-router";
import type { Server, Service } from "@/api/types";
import { Address } from "@/features/services/address";
import { healthOf } from "@/features/services/health";
import { ServiceState } from "@/features/services/service-state";
import { isDeploying } from "@/features/services/status";
import { Commit } from "@/ui/commit";
import { State } from "@/ui/state";

/** The services as cards, the ones that are not well first. */
export function ServiceGrid({ services, servers }: { services: Service[]; servers: Server[] }) {
  if (services.length === 0) return null;
  const rank = { bad: 0, warn: 1, busy: 2, ok: 3, idle: 4 };
  const rankOf = (service: Service) => rank[healthOf(service, servers).tone];
  const sorted = [...services].sort((a, b) => rankOf(a) - rankOf(b) || a.slug.localeCompare(b.slug));
  return (
    <section aria-label="Services" className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-3">
      {sorted.slice(0, 12).map((service) => (
        <article key={service.id} className="relative min-w-0 rounded-lg border border-line bg-surface p-4 motion focus-within:border-line-strong hover:border-line-strong">
          <div className="flex items-start justify-between gap-3">
            <h2 className="min-w-0 truncate">
              <Link to="/services/$serviceId" params={{ serviceId: service.id }} className="font-medium after:absolute after:inset-0 after:rounded-lg">{service.slug}</Link>
              <span className="block truncate text-xs text-muted">{service.project_slug}</span>
            </h2>
            {isDeploying(service) ? <State tone="busy" label="Deploying" /> : <ServiceState service={service} />}
          </div>
          <div className="mt-3 flex min-w-0 items-center gap-2">
            {service.live ? <><span className="tabular text-muted">#{service.live.number}</span><Commit commit={service.live.commit} /></> : <span className="text-muted">no release yet</span>}
          </div>
          <div className="relative mt-1 flex w-fit max-w-full min-w-0"><Address service={service} /></div>
        </article>
      ))}
    </section>
  );
}
