import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import type { Deployment } from "@/api/types";
import { Commit } from "@/ui/commit";
import { State } from "@/ui/state";
import { Ago, Took } from "@/ui/time";
import { kindLabel, statusLook } from "./status";

/** A deployment in one line that opens it. */
export function DeploymentLine({ deployment, named }: { deployment: Deployment; named?: boolean }) {
  const commit = deployment.release?.commit.sha ? deployment.release.commit : deployment.source.commit;
  return (
    <li className="border-t border-line first:border-t-0">
      <Link to="/deployments/$deploymentId" params={{ deploymentId: deployment.id }} className="flex items-center gap-4 px-4 py-2 motion hover:bg-raised focus-visible:-outline-offset-2">
        <span className="w-26 shrink-0"><State {...statusLook(deployment.status, deployment.waiting)} /></span>
        <span className="min-w-0 flex-1 truncate">
          {named && <span className="font-medium">{deployment.service_slug} </span>}
          <span className={named ? "text-muted" : "font-medium"}>{kindLabel(deployment.kind)}{deployment.release && ` #${deployment.release.number}`}</span>
          {deployment.status === "failed" && <span className="text-muted"> · {deployment.reason}</span>}
        </span>
        <span className={clsx("hidden w-52 min-w-0", named ? "2xl:flex" : "lg:flex")}><Commit commit={commit} /></span>
        <span className="hidden w-16 text-right text-muted sm:inline"><Took from={deployment.requested_at} to={deployment.ended_at} /></span>
        <span className="w-16 text-right text-muted"><Ago at={deployment.requested_at} /></span>
      </Link>
    </li>
  );
}
