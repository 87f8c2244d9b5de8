import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "@/ui/button";
import { Command } from "@/ui/copy";
import { DialogActions } from "@/ui/dialog";
import { State } from "@/ui/state";
import { serverQuery } from "./queries";

interface Props { id: string; command: string; onClose: () => void }

/** The command that connects a server, shown this once, and whether its agent has come. */
export function JoinCommand({ id, command, onClose }: Props) {
  // The live stream tells at once; asking now and then holds where it is broken.
  const { data: server } = useQuery({ ...serverQuery(id), refetchInterval: ({ state }) => (state.data?.state === "online" ? false : 3000) });
  const online = server?.state === "online";
  return (
    <div className="space-y-4">
      <Command command={command} label="Copy install command" />
      <p className="text-xs text-muted">The token in it works once, for this server, and is not shown again. You can make a new one on the server&rsquo;s page.</p>
      <div role="status" className="rounded-md border border-line bg-raised px-3 py-2.5">
        {online ? (
          <>
            <State tone="ok" label="Connected" />
            <p className="pl-5 text-muted">{server.hostname} · {server.os}/{server.arch} · {server.cores} cores · {server.runtimes.join(", ")}</p>
          </>
        ) : (
          <>
            <State tone="busy" label="Waiting for the agent" />
            <p className="pl-5 text-muted">This turns green by itself as soon as the agent has connected. You may close it: nothing is lost.</p>
          </>
        )}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{online ? "Done" : "Close"}</Button>
        <Link to="/servers/$serverId" params={{ serverId: id }} onClick={onClose} className={buttonClass(online ? "primary" : "secondary")}>Open server</Link>
      </DialogActions>
    </div>
  );
}
