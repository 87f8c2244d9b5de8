import { useQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Boxes, Plus } from "lucide-react";
import { useState } from "react";
import { warm } from "@/api/load";
import { projectColumns } from "@/features/projects/columns";
import { NewProject } from "@/features/projects/new-project";
import { projectsQuery } from "@/features/projects/queries";
import { useMay } from "@/features/session/session";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Page } from "@/ui/page";
import { DataTable } from "@/ui/table";

export const Route = createFileRoute("/_app/projects/")({
  validateSearch: (search: Record<string, unknown>): { add?: true } => (search.add ? { add: true } : {}),
  loader: () => warm(projectsQuery),
  component: Projects,
});

function Projects() {
  useTitle("Projects");
  const navigate = useNavigate();
  const [adding, setAdding] = useState(Route.useSearch().add ?? false);
  const mayAdd = useMay("developer");
  const { data, error, refetch } = useQuery(projectsQuery);
  const add = mayAdd && <Button variant="primary" onClick={() => setAdding(true)}><Plus aria-hidden />New project</Button>;
  return (
    <Page title="Projects" description="Services that belong together." actions={add}>
      {error && !data ? <Failure title="Projects could not be loaded" error={error} onRetry={() => void refetch()} /> : (
        <DataTable
          label="Projects"
          columns={projectColumns}
          rows={data?.items}
          onOpen={(project) => void navigate({ to: "/projects/$projectId", params: { projectId: project.id } })}
          empty={
            <Empty icon={Boxes} title="No projects yet" action={add}>
              A project groups the services of one product. Its name becomes part of their addresses.
            </Empty>
          }
        />
      )}
      <NewProject open={adding} onOpenChange={setAdding} />
    </Page>
  );
}
