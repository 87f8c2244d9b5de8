import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { warm } from "@/api/load";
import { projectsQuery } from "@/features/projects/queries";
import { serversQuery } from "@/features/servers/queries";
import { readServiceFilter } from "@/features/services/filter";
import { servicesQuery } from "@/features/services/queries";
import { ServiceList } from "@/features/services/service-list";
import { useTitle } from "@/lib/title";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/services/")({
  validateSearch: readServiceFilter,
  loader: () => {
    warm(servicesQuery());
    warm(serversQuery);
    warm(projectsQuery);
  },
  component: Services,
});

function Services() {
  useTitle("Services");
  const filter = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <Page title="Services" description="Everything that runs, in all projects.">
      <ServiceList
        filter={readServiceFilter({ ...filter })}
        onFilter={(next) => void navigate({ search: (before) => ({ ...sorted(before), ...next }), replace: true })}
      />
    </Page>
  );
}

/** The sort of a list stays when its filter changes. */
function sorted(search: Record<string, unknown>): { sort?: string } {
  return typeof search.sort === "string" ? { sort: search.sort } : {};
}
