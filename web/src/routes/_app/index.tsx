import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { warm, early } from "@/api/load";
import { queryClient } from "@/api/query";
import { activityQuery } from "@/features/activity/queries";
import { PendingApprovals } from "@/features/approvals/pending-approvals";
import { pendingApprovalsQuery } from "@/features/approvals/queries";
import { deploymentsQuery } from "@/features/deployments/queries";
import { FirstSteps } from "@/features/overview/first-steps";
import { Headline } from "@/features/overview/headline";
import { LastChanges } from "@/features/overview/last-changes";
import { assess } from "@/features/overview/assess";
import { Attention } from "@/features/overview/attention";
import { ServerStrip } from "@/features/overview/server-strip";
import { ServiceGrid } from "@/features/overview/service-grid";
import { projectsQuery } from "@/features/projects/queries";
import { serversQuery } from "@/features/servers/queries";
import { servicesQuery } from "@/features/services/queries";
import { useTitle } from "@/lib/title";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";

export const Route = createFileRoute("/_app/")({
  loader: () => {
    warm(servicesQuery());
    warm(serversQuery);
    warm(projectsQuery);
    warm(pendingApprovalsQuery());
    early(queryClient.infiniteQuery(deploymentsQuery({}, 8)));
    early(queryClient.infiniteQuery(activityQuery({ limit: 10 })));
  },
  component: Overview,
});

function Overview() {
  useTitle("Overview");
  const services = useQuery(servicesQuery());
  const servers = useQuery(serversQuery);
  const projects = useQuery(projectsQuery);
  const deployments = useInfiniteQuery(deploymentsQuery({}, 8)).data?.pages[0]?.items;
  const error = services.error ?? servers.error;
  if (error && (!services.data || !servers.data)) {
    return <div className="mx-auto max-w-2xl px-6 pt-16"><Failure title="The overview could not be loaded" error={error} onRetry={() => void Promise.all([services.refetch(), servers.refetch()])} /></div>;
  }
  if (!services.data || !servers.data || !projects.data) return <div className="mx-auto max-w-[1440px] p-6"><SkeletonLines lines={8} label="Loading overview" /></div>;
  const findings = assess(services.data.items, servers.data.items);
  const begun = services.data.items.some((service) => service.live);
  return (
    <div className="mx-auto w-full max-w-[1440px] space-y-4 px-6 pt-6 pb-16">
      <Headline findings={findings} services={services.data.items} servers={servers.data.items} deployments={deployments ?? []} />
      {!begun && <FirstSteps servers={servers.data.items} projects={projects.data.items} services={services.data.items} />}
      <PendingApprovals />
      <Attention findings={findings} />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
        <div className="min-w-0 space-y-4">
          <ServiceGrid services={services.data.items} servers={servers.data.items} />
          <LastChanges deployments={deployments} />
        </div>
        <ServerStrip servers={servers.data.items} />
      </div>
    </div>
  );
}
