import type { ReactNode } from "react";
import type { Server } from "@/api/types";
import { bytes, percent, rate } from "@/lib/format";
import { Chart, type Series } from "@/ui/chart";
import { Panel } from "@/ui/panel";
import { Ago } from "@/ui/time";
import { WINDOW, useSamples } from "./samples";

/** How busy a server is: the last minutes since this page was opened. */
export function Usage({ server }: { server: Server }) {
  const samples = useSamples(server.id);
  const { live } = server;
  if (!live) {
    return (
      <Panel title="Usage">
        <p className="text-muted">{server.state === "pending" ? "Shown as soon as the agent has connected." : "The agent is away: nothing is measured until it is back."}</p>
      </Panel>
    );
  }
  const times = samples.map((s) => s.at);
  const span = Math.min(WINDOW, Math.max(60_000, (times[times.length - 1] ?? 0) - (times[0] ?? 0)));
  const last = samples[samples.length - 1];
  const chart = (label: string, series: Series[], format: (v: number) => string, max?: number) => (
    <Chart label={label} times={times.slice(-(series[0]?.values.length ?? 0))} series={series} span={span} format={format} {...(max ? { max } : {})} />
  );
  const line = (pick: (s: (typeof samples)[number]) => number) => samples.map(pick);
  return (
    <Panel title="Usage" aside={<span>since this page was opened, up to 5 minutes · heartbeat <Ago at={live.at} /></span>} flush>
      <div className="grid divide-line sm:grid-cols-2 sm:[&>*:nth-child(even)]:border-l [&>*]:border-line [&>*:nth-child(n+3)]:border-t">
        <Figure name="CPU" value={percent(live.cpu_percent)} note={`load ${live.load1.toFixed(2)} on ${server.cores ?? "?"} cores`}>
          {chart("CPU", [{ label: "CPU", values: line((s) => s.cpu), className: "text-accent-text" }], percent, 100)}
        </Figure>
        <Figure name="Memory" value={percent((live.memory.used / Math.max(1, live.memory.total)) * 100)} note={`${bytes(live.memory.used)} of ${bytes(live.memory.total)}`}>
          {chart("Memory", [{ label: "Memory", values: line((s) => s.memory), className: "text-accent-text" }], percent, 100)}
        </Figure>
        <Figure name="Disk" value={percent((live.disk.used / Math.max(1, live.disk.total)) * 100)} note={`${bytes(live.disk.used)} of ${bytes(live.disk.total)}`}>
          {chart("Disk", [{ label: "Disk", values: line((s) => s.disk), className: "text-accent-text" }], percent, 100)}
        </Figure>
        <Figure name="Network" value={`${rate(last?.received ?? 0)} in`} note={`${rate(last?.sent ?? 0)} out (dashed)`}>
          {chart("Network", [
            { label: "in", values: line((s) => s.received).slice(1), className: "text-accent-text" },
            { label: "out", values: line((s) => s.sent).slice(1), className: "text-muted", dashed: true },
          ], rate)}
        </Figure>
      </div>
    </Panel>
  );
}

function Figure({ name, value, note, children }: { name: string; value: string; note: string; children: ReactNode }) {
  return (
    <div className="min-w-0 px-4 pt-3 pb-4">
      <div className="mb-2 flex items-baseline justify-between gap-2">
        <h3 className="text-muted">{name}</h3>
        <span className="tabular text-lg font-semibold">{value}</span>
      </div>
      {children}
      <p className="tabular mt-1.5 text-xs text-muted">{note}</p>
    </div>
  );
}
