import { useQuery } from "@tanstack/react-query";
import type { Deployment, Release, Service } from "@/api/types";
import { releasesQuery, serviceQuery } from "@/features/services/queries";
import { hasEnded, traffic } from "./status";

/** Who takes the traffic: the old release, where there is one, or the new one. */
export function TrafficBar({ deployment }: { deployment: Deployment }) {
  const { data: service, isPending } = useQuery({ ...serviceQuery(deployment.service_id), retry: false });
  const { data: releases } = useQuery({ ...releasesQuery(deployment.service_id), retry: false });
  const fresh = traffic(deployment);
  // Once it has ended, what is live may have moved on: then this bar would tell of the past.
  const past = hasEnded(deployment.status) && (deployment.status !== "succeeded" || service?.live?.id !== deployment.release?.id);
  // A move changes the server of one release, and no share of anything.
  if (isPending || past || deployment.kind === "place") return null;
  const next = deployment.release ? `#${deployment.release.number}` : "New release";
  const old = oldRelease(deployment, service, releases?.items ?? []);
  const label = `Traffic: ${old ? `${old} ${100 - fresh}%, ` : ""}${next} ${fresh}%`;
  return (
    <section aria-label="Traffic" className="rounded-lg border border-line bg-surface px-4 py-3">
      <div className="mb-2 flex justify-between">
        {old && <span className="text-muted">{old} <span className="tabular text-text">{100 - fresh}%</span></span>}
        <span className={fresh > 0 ? "text-accent-text" : "text-muted"}>{next} <span className="tabular">{fresh}%</span></span>
      </div>
      <div role="img" aria-label={label} className="flex h-2 gap-0.5 overflow-hidden rounded-full bg-idle-soft">
        {old && fresh < 100 && <span className="motion bg-line-strong" style={{ width: `${100 - fresh}%` }} />}
        {fresh > 0 && <span className="motion bg-accent-text" style={{ width: `${fresh}%` }} />}
      </div>
    </section>
  );
}

/** The release that gives its traffic away: the live one, or once that is past, the one that had it before. */
function oldRelease({ release, kind }: Deployment, service: Service | undefined, releases: readonly Release[]): string | undefined {
  if (service?.live && service.live.id !== release?.id) return `#${service.live.number}`;
  const before = releases.filter((each) => each.activated_at !== undefined && each.id !== release?.id);
  // A rollback goes back over any number of releases, and which one was live then is not kept.
  if (kind === "rollback") return before.length > 0 ? "Release before" : undefined;
  const newest = before.filter((each) => each.number < (release?.number ?? Infinity)).sort((a, b) => b.number - a.number)[0];
  return newest && `#${newest.number}`;
}
