import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { serviceQuery } from "@/features/services/queries";
import { ServiceOverview } from "@/features/services/service-overview";

export const Route = createFileRoute("/_app/services/$serviceId/")({ component: Overview });

function Overview() {
  const { serviceId } = Route.useParams();
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  return <ServiceOverview service={service} />;
}
