import { Link } from "@tanstack/react-router";
import { createColumnHelper } from "@tanstack/react-table";
import type { Server } from "@/api/types";
import { count, percent } from "@/lib/format";
import { Sparkline } from "@/ui/chart";
import { Meter } from "@/ui/meter";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";
import { useSamples } from "./samples";
import { serverLook } from "./status";

const column = createColumnHelper<Server>();
const share = (gauge: { used: number; total: number } | undefined) => (gauge && gauge.total > 0 ? (gauge.used / gauge.total) * 100 : 0);
const none = <span className="text-faint">–</span>;

export const serverColumns = [
  column.accessor("name", {
    header: "Name",
    cell: ({ row: { original: server } }) => (
      <Link to="/servers/$serverId" params={{ serverId: server.id }} className="font-medium hover:underline">{server.name}</Link>
    ),
  }),
  column.accessor("state", { header: "State", cell: ({ getValue }) => <State {...serverLook(getValue())} /> }),
  column.accessor((server) => server.live?.cpu_percent ?? -1, {
    id: "cpu",
    header: "CPU",
    cell: ({ row: { original: server } }) => (server.live ? <Cpu id={server.id} value={server.live.cpu_percent} /> : none),
  }),
  column.accessor((server) => share(server.live?.memory), {
    id: "memory",
    header: "Memory",
    cell: ({ row: { original: server }, getValue }) => (server.live ? <Meter label={`Memory of ${server.name}`} value={getValue()} /> : none),
    meta: { className: "hidden md:table-cell" },
  }),
  column.accessor((server) => share(server.live?.disk), {
    id: "disk",
    header: "Disk",
    cell: ({ row: { original: server }, getValue }) => (server.live ? <Meter label={`Disk of ${server.name}`} value={getValue()} /> : none),
    meta: { className: "hidden lg:table-cell" },
  }),
  column.accessor((server) => server.live?.instances.length ?? 0, {
    id: "running",
    header: "Running",
    cell: ({ row: { original: server }, getValue }) => (server.live ? count(getValue(), "replica") : none),
    meta: { className: "hidden xl:table-cell tabular" },
  }),
  column.accessor("hostname", {
    header: "Host",
    cell: ({ row: { original: server } }) => (server.hostname ? <span className="text-muted">{server.hostname} · {server.os}/{server.arch}</span> : none),
    meta: { className: "hidden 2xl:table-cell" },
  }),
  column.accessor("created_at", { header: "Added", cell: ({ getValue }) => <Ago at={getValue()} />, meta: { className: "text-muted" } }),
];

function Cpu({ id, value }: { id: string; value: number }) {
  const samples = useSamples(id);
  return (
    <span className="flex items-center gap-2">
      <Sparkline values={samples.map((s) => s.cpu)} max={100} label={`CPU ${percent(value)}`} className="h-[18px] w-14 text-accent-text" />
      <span className="tabular text-xs text-muted">{percent(value)}</span>
    </span>
  );
}
