import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { early } from "@/api/load";
import { queryClient } from "@/api/query";
import { DeploymentList } from "@/features/deployments/deployment-list";
import { deploymentsQuery } from "@/features/deployments/queries";
import { readStatus } from "@/features/deployments/status";
import { StatusFilter } from "@/features/deployments/status-filter";
import type { DeploymentStatus } from "@/api/types";
import { useTitle } from "@/lib/title";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/deployments/")({
  validateSearch: (search: Record<string, unknown>) => readStatus(search.status),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) => early(queryClient.infiniteQuery(deploymentsQuery(deps))),
  component: Deployments,
});

function Deployments() {
  useTitle("Deployments");
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const show = (status: DeploymentStatus | undefined) => void navigate({ search: (before) => ({ ...before, status }), replace: true });
  return (
    <Page title="Deployments" description="Of all services, the newest first." actions={<StatusFilter status={search.status} onChange={show} />}>
      <DeploymentList filter={search} command="syn deploy" onClear={() => show(undefined)} />
    </Page>
  );
}
