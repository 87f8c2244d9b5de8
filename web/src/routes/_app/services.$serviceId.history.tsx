import { createFileRoute } from "@tanstack/react-router";
import { ServiceHistory } from "@/features/services/service-history";

export const Route = createFileRoute("/_app/services/$serviceId/history")({ component: History });

function History() {
  const { serviceId } = Route.useParams();
  return <ServiceHistory key={serviceId} serviceId={serviceId} />;
}
