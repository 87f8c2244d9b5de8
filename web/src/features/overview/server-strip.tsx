import { Link } from "@tanstack/react-router";
import type { Server } from "@/api/types";
import { serverLook } from "@/features/servers/status";
import { Meter } from "@/ui/meter";
import { Panel } from "@/ui/panel";
import { State } from "@/ui/state";

const share = (gauge: { used: number; total: number }) => (gauge.total > 0 ? (gauge.used / gauge.total) * 100 : 0);

/** The servers with how full they are. */
export function ServerStrip({ servers }: { servers: Server[] }) {
  return (
    <Panel title="Servers" flush className="self-start" aside={<Link to="/servers" className="text-accent-text hover:underline">All servers</Link>}>
      {servers.length === 0 && <p className="p-4 text-muted">None yet.</p>}
      <ul>
        {servers.map((server) => (
          <li key={server.id} className="border-t border-line px-4 py-2.5 first:border-t-0">
            <div className="flex items-center justify-between gap-3">
              <Link to="/servers/$serverId" params={{ serverId: server.id }} className="truncate font-medium hover:underline">{server.name}</Link>
              <State {...serverLook(server.state)} />
            </div>
            {server.live && (
              <dl className="mt-1.5 grid grid-cols-3 gap-2">
                {([["CPU", server.live.cpu_percent], ["Memory", share(server.live.memory)], ["Disk", share(server.live.disk)]] as const).map(([name, value]) => (
                  <div key={name}>
                    <dt className="text-xs text-muted">{name}</dt>
                    <dd><Meter label={`${name} of ${server.name}`} value={value} /></dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
