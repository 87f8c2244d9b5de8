import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { need } from "@/api/load";
import { projectQuery } from "@/features/projects/queries";
import { serversQuery } from "@/features/servers/queries";
import { NewServiceForm } from "@/features/services/new-service-form";
import { useTitle } from "@/lib/title";
import { Crumbs } from "@/ui/crumbs";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/services/new")({
  validateSearch: (search: Record<string, unknown>): { project: string } => ({ project: typeof search.project === "string" ? search.project : "" }),
  loaderDeps: ({ search }) => search,
  loader: ({ deps }) =>
    Promise.all([need(projectQuery(deps.project)), need(serversQuery)]),
  component: NewService,
});

function NewService() {
  const { project: projectId } = Route.useSearch();
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const { data: servers } = useSuspenseQuery(serversQuery);
  useTitle("New service");
  return (
    <Page
      narrow
      crumbs={<Crumbs items={[{ label: "Projects", link: { to: "/projects" } }, { label: project.name || project.slug, link: { to: "/projects/$projectId", params: { projectId } } }]} />}
      title="New service"
      description="One program that Syntra builds, runs on a server and puts on a web address. Everything here can be changed later, but the name and the server."
    >
      <NewServiceForm project={project} servers={servers.items} />
    </Page>
  );
}
