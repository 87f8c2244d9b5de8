import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, createFileRoute, useNavigate } from "@tanstack/react-router";
import { Box, Plus } from "lucide-react";
import { need, warm } from "@/api/load";
import { ProjectActions } from "@/features/projects/project-actions";
import { projectQuery } from "@/features/projects/queries";
import { serviceColumns } from "@/features/services/columns";
import { servicesQuery } from "@/features/services/queries";
import { useMay } from "@/features/session/session";
import { count } from "@/lib/format";
import { useTitle } from "@/lib/title";
import { buttonClass } from "@/ui/button";
import { Crumbs } from "@/ui/crumbs";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Page } from "@/ui/page";
import { DataTable } from "@/ui/table";

export const Route = createFileRoute("/_app/projects/$projectId")({
  loader: async ({ params }) => {
    warm(servicesQuery(params.projectId));
    await need(projectQuery(params.projectId));
  },
  component: ProjectPage,
});

function ProjectPage() {
  const { projectId } = Route.useParams();
  const navigate = useNavigate();
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const { data, error, refetch } = useQuery(servicesQuery(projectId));
  const mayAdd = useMay("developer");
  const name = project.name || project.slug;
  useTitle(name);
  const add = mayAdd && (
    <Link to="/services/new" search={{ project: projectId }} className={buttonClass("primary")}><Plus aria-hidden />New service</Link>
  );
  return (
    <Page
      crumbs={<Crumbs items={[{ label: "Projects", link: { to: "/projects" } }]} />}
      title={name}
      description={data ? count(data.items.length, "service") : " "}
      actions={<>{add}<ProjectActions project={project} services={data?.items ?? []} /></>}
    >
      {error && !data ? <Failure title="Services could not be loaded" error={error} onRetry={() => void refetch()} /> : (
        <DataTable
          label={`Services of ${name}`}
          columns={serviceColumns}
          rows={data?.items}
          onOpen={(service) => void navigate({ to: "/services/$serviceId", params: { serviceId: service.id } })}
          empty={
            <Empty icon={Box} title="No services yet" action={add}>
              A service is one program that Syntra builds, runs on a server and puts on a web address. Create one here, or let <code className="font-mono text-xs">syn deploy</code> do it from its directory.
            </Empty>
          }
        />
      )}
    </Page>
  );
}
