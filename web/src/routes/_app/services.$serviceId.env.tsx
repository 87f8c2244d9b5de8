import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { warm } from "@/api/load";
import { EnvTable } from "@/features/services/env-table";
import { PendingChange } from "@/features/services/pending-change";
import { envQuery, serviceQuery } from "@/features/services/queries";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";

export const Route = createFileRoute("/_app/services/$serviceId/env")({
  loader: ({ params }) => warm(envQuery(params.serviceId)),
  component: Env,
});

function Env() {
  const { serviceId } = Route.useParams();
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  const { data: env, error, refetch } = useQuery(envQuery(serviceId));
  if (error && !env) return <Failure title="Variables could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <div className="mx-auto max-w-4xl space-y-4">
      <PendingChange service={service} />
      {env ? <EnvTable service={service} env={env} /> : <SkeletonLines lines={5} label="Loading variables" />}
    </div>
  );
}
