import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { KeyRound, MoreHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Server } from "@/api/types";
import { messageOf } from "@/api/problem";
import { isPlacedOn } from "@/features/services/placement";
import { servicesQuery } from "@/features/services/queries";
import { useMay } from "@/features/session/session";
import { count } from "@/lib/format";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import { JoinCommand } from "./join-command";
import { newJoinToken, removeServer } from "./queries";

/** What can be done to a server: a new join token, and taking it out. */
export function ServerActions({ server }: { server: Server }) {
  const may = useMay("admin");
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  const [renewing, setRenewing] = useState(false);
  const [command, setCommand] = useState("");
  const services = useQuery({ ...servicesQuery(), enabled: removing }).data?.items.filter((each) => isPlacedOn(each, server.id)) ?? [];
  if (!may) return null;
  const connect = () =>
    void newJoinToken(server.id).then((join) => setCommand(join.command), (error: unknown) => toast("bad", "No new join token", messageOf(error)));
  return (
    <>
      {server.state === "pending" && <Button variant="primary" onClick={connect}>Show install command</Button>}
      <Menu trigger={<Button aria-label={`Actions on ${server.name}`}><MoreHorizontal aria-hidden /></Button>}>
        <MenuItem icon={<KeyRound aria-hidden />} note="For a new agent; the present one is locked out." onSelect={() => setRenewing(true)}>New join token…</MenuItem>
        <MenuLine />
        <MenuItem danger icon={<Trash2 aria-hidden />} onSelect={() => setRemoving(true)}>Remove server…</MenuItem>
      </Menu>
      <Confirm
        open={renewing}
        onOpenChange={setRenewing}
        title={`New join token for ${server.name}?`}
        action="Make new token"
        run={async () => setCommand((await newJoinToken(server.id)).command)}
      >
        The agent that is connected now will not be let in again; run the new command on the server afterwards. Services that run there go on serving.
      </Confirm>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${server.name}?`}
        action="Remove server"
        danger
        typed={server.name}
        run={async () => {
          await removeServer(server.id);
          toast("ok", `${server.name} was removed`);
          await navigate({ to: "/servers" });
        }}
      >
        {services.length > 0
          ? `${count(services.length, "service")} live on it: ${services.map((each) => each.slug).join(", ")}. Move or delete them first.`
          : "Its agent will not be let in again. No service lives on it."}
      </Confirm>
      <Dialog open={command !== ""} onOpenChange={() => setCommand("")} title={`Connect ${server.name}`} description="Run this on the server, as root." wide>
        <JoinCommand id={server.id} command={command} onClose={() => setCommand("")} />
      </Dialog>
    </>
  );
}
