import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { DeploymentList } from "@/features/deployments/deployment-list";
import { readStatus } from "@/features/deployments/status";
import { StatusFilter } from "@/features/deployments/status-filter";
import type { DeploymentStatus } from "@/api/types";
import { serviceQuery } from "@/features/services/queries";

export const Route = createFileRoute("/_app/services/$serviceId/deployments")({
  validateSearch: (search: Record<string, unknown>) => readStatus(search.status),
  component: ServiceDeployments,
});

function ServiceDeployments() {
  const { serviceId } = Route.useParams();
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  const { status } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const show = (next: DeploymentStatus | undefined) => void navigate({ search: (before) => ({ ...before, status: next }), replace: true });
  return (
    <div className="space-y-3">
      <div className="flex justify-end"><StatusFilter status={status} onChange={show} /></div>
      <DeploymentList
        filter={{ service: serviceId, ...(status ? { status } : {}) }}
        command={`syn deploy --project ${service.project_slug} --service ${service.slug}`}
        onClear={() => show(undefined)}
      />
    </div>
  );
}
