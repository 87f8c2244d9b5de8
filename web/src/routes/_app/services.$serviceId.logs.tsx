import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { LogPanel, type LogSearch } from "@/features/logs/log-panel";
import { readLogSearch } from "@/features/logs/search";
import { serviceQuery } from "@/features/services/queries";

export const Route = createFileRoute("/_app/services/$serviceId/logs")({
  validateSearch: (search: Record<string, unknown>): LogSearch => readLogSearch(search),
  component: ServiceLogs,
});

const STREAMS = [
  { value: "stdout", label: "Standard output" },
  { value: "stderr", label: "Errors" },
  { value: "build", label: "Build" },
  { value: "system", label: "Syntra" },
];

function ServiceLogs() {
  const { serviceId } = Route.useParams();
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const { data: service } = useSuspenseQuery(serviceQuery(serviceId));
  return (
    <LogPanel
      key={serviceId}
      label={`Log of ${service.slug}`}
      source={{ of: "services", id: serviceId }}
      search={search}
      onSearch={(next) => void navigate({ search: next, replace: true })}
      streams={STREAMS}
      empty={service.live ? `${service.slug} has written nothing yet. What it prints appears here.` : "Deploy the service: what its build and its replicas print appears here."}
    />
  );
}
