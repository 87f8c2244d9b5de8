import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Box } from "lucide-react";
import { serversQuery } from "@/features/servers/queries";
import { count } from "@/lib/format";
import { Button, buttonClass } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { DataTable } from "@/ui/table";
import { serviceColumnsAcross } from "./columns";
import { type ServiceFilter, filterServices } from "./filter";
import { servicesQuery } from "./queries";
import { ServiceFilters } from "./service-filters";

interface Props { filter: ServiceFilter; onFilter: (filter: ServiceFilter) => void }

/** All services of the organization, narrowed and sorted as the address says. */
export function ServiceList({ filter, onFilter }: Props) {
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(servicesQuery());
  const servers = useQuery(serversQuery).data?.items;
  if (error && !data) return <Failure title="Services could not be loaded" error={error} onRetry={() => void refetch()} />;
  const shown = data && filterServices(data.items, servers, filter);
  return (
    <>
      <ServiceFilters filter={filter} onChange={onFilter} />
      <p role="status" className="sr-only">{shown ? `${count(shown.length, "service")} shown` : "Loading services"}</p>
      <DataTable
        label="Services"
        columns={serviceColumnsAcross}
        rows={shown}
        onOpen={(service) => void navigate({ to: "/services/$serviceId", params: { serviceId: service.id } })}
        empty={data?.items.length === 0 ? (
          <Empty icon={Box} title="No services yet" action={<Link to="/projects" className={buttonClass("primary")}>Go to projects</Link>}>
            A service is one program that Syntra builds, runs on servers and puts on a web address. It belongs to a project.
          </Empty>
        ) : (
          <Empty icon={Box} title="No results" action={<Button onClick={() => onFilter({})}>Clear the filter</Button>}>No service fits the filter.</Empty>
        )}
      />
    </>
  );
}
