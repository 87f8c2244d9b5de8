import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { need } from "@/api/load";
import { DeploymentHeader } from "@/features/deployments/deployment-header";
import { DeploymentLog } from "@/features/deployments/deployment-log";
import { Outcome } from "@/features/deployments/outcome";
import { deploymentQuery } from "@/features/deployments/queries";
import { kindLabel } from "@/features/deployments/status";
import { Timeline } from "@/features/deployments/timeline";
import { TrafficBar } from "@/features/deployments/traffic-bar";
import type { LogSearch } from "@/features/logs/log-panel";
import { readLogSearch } from "@/features/logs/search";
import { serviceQuery } from "@/features/services/queries";
import { useTitle } from "@/lib/title";

export const Route = createFileRoute("/_app/deployments/$deploymentId")({
  validateSearch: (search: Record<string, unknown>): LogSearch & { step?: string } => ({
    ...readLogSearch(search),
    ...(typeof search.step === "string" ? { step: search.step } : {}),
  }),
  loader: async ({ params }) => {
    const deployment = await need(deploymentQuery(params.deploymentId));
    // A deleted service leaves its deployments: the page goes without it then.
    await need(serviceQuery(deployment.service_id)).catch(() => undefined);
  },
  component: DeploymentPage,
});

function DeploymentPage() {
  const { deploymentId } = Route.useParams();
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const { data: deployment } = useSuspenseQuery(deploymentQuery(deploymentId));
  useTitle(`${kindLabel(deployment.kind)} of ${deployment.service_slug}`);
  const { step, ...log } = search;
  return (
    <div className="mx-auto w-full max-w-[1440px] px-6 pt-5 pb-10">
      <DeploymentHeader deployment={deployment} />
      <Outcome deployment={deployment} />
      <div className="grid gap-4 lg:grid-cols-[minmax(320px,380px)_minmax(0,1fr)]">
        <div className="min-w-0 space-y-4">
          <TrafficBar deployment={deployment} />
          <Timeline deployment={deployment} selected={step} onSelect={(next) => void navigate({ search: (before) => ({ ...before, step: next, line: undefined, at: undefined }), replace: true })} />
        </div>
        <DeploymentLog
          key={deploymentId}
          deployment={deployment}
          step={step}
          search={log}
          onSearch={(next) => void navigate({ search: { ...next, ...(step ? { step } : {}) }, replace: true })}
        />
      </div>
    </div>
  );
}
