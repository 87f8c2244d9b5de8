import { Link } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import type { Deployment } from "@/api/types";
import { Actor } from "@/features/activity/actor";
import { Commit } from "@/ui/commit";
import { State } from "@/ui/state";
import { Ago, Took } from "@/ui/time";
import { kindLabel, statusLook } from "./status";

const column = createColumnHelper<Deployment>();

const service = column.accessor((deployment) => `${deployment.project_slug}/${deployment.service_slug}`, {
  id: "service",
  header: "Service",
  cell: ({ row: { original } }) => (
    <Link to="/services/$serviceId" params={{ serviceId: original.service_id }} className="hover:underline">
      <span className="text-muted">{original.project_slug} /</span> {original.service_slug}
    </Link>
  ),
});

/** Columns of deployments of one service; `across` names the service too. */
export const deploymentColumns = [
  column.accessor("kind", {
    header: "Deployment",
    cell: ({ row: { original } }) => (
      <Link to="/deployments/$deploymentId" params={{ deploymentId: original.id }} className="font-medium whitespace-nowrap hover:underline">
        {kindLabel(original.kind)}{original.release && <span className="tabular text-muted"> #{original.release.number}</span>}
      </Link>
    ),
  }),
  column.accessor("status", {
    header: "Status",
    cell: ({ row: { original } }) => (
      <span title={original.waiting ?? original.reason}><State {...statusLook(original.status, original.waiting)} /></span>
    ),
  }),
  column.accessor((deployment) => deployment.release?.commit.sha ?? deployment.source.commit?.sha ?? "", {
    id: "commit",
    header: "Source",
    enableSorting: false,
    cell: ({ row: { original } }) => {
      const commit = original.release?.commit.sha ? original.release.commit : original.source.commit;
      return <span className="flex max-w-80 text-muted">{commit?.sha ? <Commit commit={commit} /> : original.kind === "rollback" ? "earlier release" : "uploaded directory"}</span>;
    },
    meta: { className: "hidden lg:table-cell" },
  }),
  column.accessor("actor", { header: "By", enableSorting: false, cell: ({ getValue }) => <Actor actor={getValue()} />, meta: { className: "hidden xl:table-cell" } }),
  column.accessor((d) => (d.ended_at ? Date.parse(d.ended_at) : Date.now()) - Date.parse(d.requested_at), {
    id: "took",
    header: "Took",
    cell: ({ row: { original } }) => <Took from={original.requested_at} to={original.ended_at} />,
    meta: { className: "hidden md:table-cell text-muted" },
  }),
  column.accessor("requested_at", { header: "When", cell: ({ getValue }) => <Ago at={getValue()} />, meta: { className: "text-muted" } }),
];

export const deploymentColumnsAcross = [deploymentColumns[0], service, ...deploymentColumns.slice(1)].filter((each) => each !== undefined);
