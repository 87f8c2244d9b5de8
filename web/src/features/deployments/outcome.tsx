import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, Clock } from "lucide-react";
import type { ReactNode } from "react";
import type { Deployment } from "@/api/types";
import { serviceQuery } from "@/features/services/queries";
import { words } from "@/lib/format";
import { hasEnded, plan } from "./status";

/** Why it waits, failed or was left, in words; nothing while all goes well. */
export function Outcome({ deployment }: { deployment: Deployment }) {
  const { data: service } = useQuery({ ...serviceQuery(deployment.service_id), retry: false });
  if (deployment.waiting && !hasEnded(deployment.status)) {
    return (
      <Note icon={<Clock aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />} tone="bg-warn-soft" title="Waiting">
        {deployment.waiting}
      </Note>
    );
  }
  if (deployment.status === "failed") {
    const step = plan(deployment).find((each) => each.id === deployment.failed_step);
    const serving = service?.live ? `Release #${service.live.number} goes on serving.` : "Nothing serves yet: deploy again once it is mended.";
    return (
      <Note icon={<CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />} tone="bg-bad-soft" title={`Failed${step ? ` at “${step.title}”` : ""}${deployment.code ? `: ${words(deployment.code).toLowerCase()}` : ""}`}>
        <span className="wrap-anywhere whitespace-pre-wrap text-text">{deployment.reason}</span>
        <span className="mt-1 block">{serving}</span>
      </Note>
    );
  }
  if (deployment.status === "superseded" && deployment.superseded_by) {
    return (
      <Note tone="bg-idle-soft" title="Superseded before it began">
        A newer request took its place:{" "}
        <Link to="/deployments/$deploymentId" params={{ deploymentId: deployment.superseded_by }} className="text-accent-text underline underline-offset-2">open it</Link>.
      </Note>
    );
  }
  return null;
}

function Note({ icon, tone, title, children }: { icon?: ReactNode; tone: string; title: string; children: ReactNode }) {
  return (
    <div role="note" aria-label={title} className={`mb-4 flex gap-3 rounded-lg border border-line px-4 py-3 ${tone}`}>
      {icon}
      <div className="min-w-0">
        <p className="font-medium wrap-anywhere">{title}</p>
        <div className="text-muted">{children}</div>
      </div>
    </div>
  );
}
