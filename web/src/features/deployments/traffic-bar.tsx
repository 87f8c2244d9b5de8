import { useQuery } from "@tanstack/react-query";
import type { Deployment } from "@/api/types";
import { serviceQuery } from "@/features/services/queries";
import { hasEnded, traffic } from "./status";

/** Who takes the traffic: the old release or the new one. */
export function TrafficBar({ deployment }: { deployment: Deployment }) {
  const { data: service } = useQuery({ ...serviceQuery(deployment.service_id), retry: false });
  const fresh = traffic(deployment);
  const ended = hasEnded(deployment.status);
  const number = deployment.release?.number;
  // Once it has ended, what is live may have moved on: then this bar would tell of the past.
  const past = ended && deployment.status === "succeeded" && service?.live?.id !== deployment.release?.id;
  if (past) return null;
  const next = number === undefined ? "new release" : `#${number}`;
  const oldNumber = service?.live && service.live.id !== deployment.release?.id ? `#${service.live.number}` : evidenceOfOld(deployment);
  const old = fresh === 100 ? oldNumber : service?.live ? `#${service.live.number}` : "nothing yet";
  const label = `Traffic: ${old} ${100 - fresh}%, ${next} ${fresh}%`;
  return (
    <section aria-label="Traffic" className="rounded-lg border border-line bg-surface px-4 py-3">
      <div className="mb-2 flex justify-between">
        <span className="text-muted">{old} <span className="tabular text-text">{100 - fresh}%</span></span>
        <span className={fresh > 0 ? "text-accent-text" : "text-muted"}>{next} <span className="tabular">{fresh}%</span></span>
      </div>
      <div role="img" aria-label={label} className="flex h-2 gap-0.5 overflow-hidden rounded-full">
        {fresh < 100 && <span className="motion bg-line-strong" style={{ width: `${100 - fresh}%` }} />}
        {fresh > 0 && <span className="motion bg-accent-text" style={{ width: `${fresh}%` }} />}
      </div>
    </section>
  );
}

function evidenceOfOld(deployment: Deployment): string {
  return deployment.steps.some((step) => step.kind === "drain" && step.started_at) ? "old release" : "before";
}
