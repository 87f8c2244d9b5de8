import { useNavigate } from "@tanstack/react-router";
import type { Deployment } from "@/api/types";
import { Actor } from "@/features/activity/actor";
import { Commit } from "@/ui/commit";
import { Id } from "@/ui/copy";
import { Crumbs } from "@/ui/crumbs";
import { State } from "@/ui/state";
import { Ago, Took } from "@/ui/time";
import { DeploymentActions } from "./deployment-actions";
import { hasEnded, kindLabel, statusLook } from "./status";

/** Which deployment this is, how it stands, and what can be done with it now. */
export function DeploymentHeader({ deployment }: { deployment: Deployment }) {
  const navigate = useNavigate();
  const { source } = deployment;
  const commit = deployment.release?.commit.sha ? deployment.release.commit : source.commit;
  return (
    <header className="mb-4">
      <Crumbs
        items={[
          { label: deployment.project_slug, link: { to: "/projects/$projectId", params: { projectId: deployment.project_id } } },
          { label: deployment.service_slug, link: { to: "/services/$serviceId", params: { serviceId: deployment.service_id } } },
          { label: "Deployments", link: { to: "/services/$serviceId/deployments", params: { serviceId: deployment.service_id } } },
        ]}
      />
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 flex-wrap items-center gap-3">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">
            {kindLabel(deployment.kind)} of {deployment.service_slug}
            {deployment.release && <span className="text-muted"> → #{deployment.release.number}</span>}
          </h1>
          <span role="status" data-testid="deployment-status"><State pill {...statusLook(deployment.status, deployment.waiting)} /></span>
        </div>
        <DeploymentActions deployment={deployment} onDeployment={(id) => void navigate({ to: "/deployments/$deploymentId", params: { deploymentId: id } })} />
      </div>
      <div className="mt-1.5 flex min-w-0 flex-wrap items-center gap-x-4 gap-y-1 text-muted">
        <span>
          {hasEnded(deployment.status) ? "took " : "running for "}
          <span className="text-text"><Took from={deployment.requested_at} to={deployment.ended_at} /></span>
        </span>
        <span><Ago at={deployment.requested_at} /> by <Actor actor={deployment.actor} /></span>
        <Commit commit={commit} />
        {source.repository && <span className="truncate font-mono text-xs">{source.repository}{source.ref ? `@${source.ref}` : ""}</span>}
        {source.upload_id && !commit?.sha && <span>uploaded directory</span>}
        <Id id={deployment.id} />
      </div>
    </header>
  );
}
