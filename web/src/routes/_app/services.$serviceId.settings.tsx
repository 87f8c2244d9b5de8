import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { DangerZone } from "@/features/services/danger-zone";
import { PendingChange } from "@/features/services/pending-change";
import { PlacementForm } from "@/features/services/placement-form";
import { serviceQuery } from "@/features/services/queries";
import { SettingsForm } from "@/features/services/settings-form";

export const Route = createFileRoute("/_app/services/$serviceId/settings")({ component: Settings });

function Settings() {
  const { serviceId } = Route.useParams();
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  return (
    <div className="mx-auto max-w-4xl space-y-4">
      <PendingChange service={service} />
      <SettingsForm key={service.id} service={service} />
      <PlacementForm key={JSON.stringify(service.placement)} service={service} />
      <DangerZone service={service} />
    </div>
  );
}
