import { Link } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import type { Service } from "@/api/types";
import { statusLook } from "@/features/deployments/status";
import { Commit } from "@/ui/commit";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";
import { Address } from "./address";
import { replicasOf } from "./placement";
import { ServerNames } from "./server-names";
import { ServiceState } from "./service-state";

const column = createColumnHelper<Service>();

export const serviceColumns = [
  column.accessor("slug", {
    header: "Name",
    cell: ({ row: { original: service } }) => (
      <Link to="/services/$serviceId" params={{ serviceId: service.id }} title={service.slug} className="inline-block max-w-40 truncate align-bottom font-medium hover:underline lg:max-w-52">{service.slug}</Link>
    ),
  }),
  column.accessor("state", { header: "State", cell: ({ row: { original } }) => <ServiceState service={original} /> }),
  column.accessor((service) => service.live?.number ?? 0, {
    id: "release",
    header: "Live release",
    cell: ({ row: { original: service } }) =>
      service.live ? (
        <span className="flex max-w-48 items-center gap-2"><span className="tabular">#{service.live.number}</span><span className="hidden min-w-0 xl:flex"><Commit commit={service.live.commit} /></span></span>
      ) : <span className="text-faint">–</span>,
  }),
  column.accessor(replicasOf, { id: "replicas", header: "Replicas", cell: ({ getValue }) => <span className="tabular">{getValue()}</span>, meta: { className: "hidden lg:table-cell" } }),
  column.accessor("url", { header: "Address", enableSorting: false, cell: ({ row: { original } }) => <Address service={original} />, meta: { className: "hidden 2xl:table-cell" } }),
  column.accessor((service) => service.deployment?.at ?? "", {
    id: "deployment",
    header: "Last deployment",
    cell: ({ row: { original: { deployment } } }) =>
      deployment ? (
        <Link to="/deployments/$deploymentId" params={{ deploymentId: deployment.id }} className="inline-flex items-center gap-2 hover:underline">
          <State {...statusLook(deployment.status)} />
          <span className="text-muted"><Ago at={deployment.at} /></span>
        </Link>
      ) : <span className="text-faint">–</span>,
  }),
];

const project = column.accessor("project_slug", {
  id: "project",
  header: "Project",
  cell: ({ row: { original } }) => <Link to="/projects/$projectId" params={{ projectId: original.project_id }} className="text-muted hover:underline">{original.project_slug}</Link>,
  meta: { className: "hidden lg:table-cell" },
});

const servers = column.accessor((service) => service.placement.length, {
  id: "servers",
  header: "Servers",
  cell: ({ row: { original } }) => <ServerNames service={original} />,
  meta: { className: "hidden lg:table-cell text-muted" },
});

/** Columns of services of several projects. */
export const serviceColumnsAcross = [serviceColumns[0], project, ...serviceColumns.slice(1, 3), servers, ...serviceColumns.slice(3)].filter((each) => each !== undefined);
