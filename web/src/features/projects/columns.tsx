import { Link } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import type { Project } from "@/api/types";
import { count } from "@/lib/format";
import { Id } from "@/ui/copy";
import { Ago } from "@/ui/time";

const column = createColumnHelper<Project>();

export const projectColumns = [
  column.accessor("name", {
    header: "Name",
    cell: ({ row: { original: project } }) => (
      <Link to="/projects/$projectId" params={{ projectId: project.id }} className="font-medium hover:underline">{project.name || project.slug}</Link>
    ),
  }),
  column.accessor("slug", { header: "Slug", cell: ({ getValue }) => <code className="font-mono text-xs text-muted">{getValue()}</code> }),
  column.accessor("services", { header: "Services", cell: ({ getValue }) => <span className="tabular">{count(getValue(), "service")}</span> }),
  column.accessor("id", { header: "Id", enableSorting: false, cell: ({ getValue }) => <Id id={getValue()} />, meta: { className: "hidden lg:table-cell" } }),
  column.accessor("created_at", { header: "Created", cell: ({ getValue }) => <Ago at={getValue()} />, meta: { className: "text-muted" } }),
];
