import { useSuspenseQuery } from "@tanstack/react-query";
import { Outlet, createFileRoute } from "@tanstack/react-router";
import { need } from "@/api/load";
import { serviceQuery } from "@/features/services/queries";
import { ServiceHeader } from "@/features/services/service-header";
import { useTitle } from "@/lib/title";

export const Route = createFileRoute("/_app/services/$serviceId")({
  loader: ({ params }) => need(serviceQuery(params.serviceId)),
  component: ServicePage,
});

function ServicePage() {
  const { serviceId } = Route.useParams();
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  useTitle(`${service.slug} · ${service.project_slug}`);
  return (
    <>
      <ServiceHeader service={service} />
      <div className="mx-auto w-full max-w-[1440px] px-6 pt-5 pb-16"><Outlet /></div>
    </>
  );
}
