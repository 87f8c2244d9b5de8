import type { Service } from "@/api/types";
import { Commit } from "@/ui/commit";
import { Ago } from "@/ui/time";

/** A share of the traffic for a person: "90 %", "2.5 %". */
export function shareText(percent: number): string {
  return `${Number(percent.toFixed(2))} %`;
}

/** Which release is live and since when, or how several releases share the traffic. */
export function TrafficShares({ service }: { service: Pick<Service, "live" | "traffic"> }) {
  if (service.traffic.length > 1) {
    return (
      <ul aria-label="Traffic" className="flex flex-wrap items-center gap-x-3">
        {service.traffic.map((share) => (
          <li key={share.release_id} className="tabular">
            #{share.number} <span className="text-muted">{shareText(share.weight_percent)}</span>
          </li>
        ))}
      </ul>
    );
  }
  if (!service.live) return <span className="text-muted">No release yet</span>;
  return (
    <>
      <span className="tabular">Release #{service.live.number}</span>
      <Commit commit={service.live.commit} />
      <span className="text-muted"><Ago at={service.live.since} /></span>
    </>
  );
}
