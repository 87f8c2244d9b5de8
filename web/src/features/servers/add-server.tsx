import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ServerJoin } from "@/api/types";
import { slugError, slugOf } from "@/lib/slug";
import { Button } from "@/ui/button";
import { Dialog, DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { JoinCommand } from "./join-command";
import { addServer } from "./queries";

interface Props { open: boolean; onOpenChange: (open: boolean) => void }

/** Names a server, then shows the command that connects it and waits for its agent. */
export function AddServer({ open, onOpenChange }: Props) {
  const [added, setAdded] = useState<ServerJoin | null>(null);
  const change = (next: boolean) => {
    if (!next) setAdded(null);
    onOpenChange(next);
  };
  return added ? (
    <Dialog open={open} onOpenChange={change} title={`Connect ${added.name}`} description="Run this on the server, as root. The agent dials out: no port needs to be open." wide>
      <JoinCommand id={added.id} command={added.command} onClose={() => change(false)} />
    </Dialog>
  ) : (
    <Dialog open={open} onOpenChange={change} title="Add a server" description="A Linux host that is to run your services.">
      <NameForm onAdded={setAdded} onCancel={() => change(false)} />
    </Dialog>
  );
}

function NameForm({ onAdded, onCancel }: { onAdded: (server: ServerJoin) => void; onCancel: () => void }) {
  const [name, setName] = useState("");
  const slug = slugOf(name);
  const add = useMutation({ mutationFn: () => addServer(slug), onSuccess: onAdded });
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        placeholder="fra-1"
        autoComplete="off"
        hint={name && slug !== name ? `It will be called ${slug || "…"}` : "Lower-case letters, digits and hyphens."}
      />
      {add.error && <Failure title={`Server ${slug} could not be added`} error={add.error} />}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={add.isPending} disabled={add.isPending || slugError(slug) !== ""}>Add server</Button>
      </DialogActions>
    </form>
  );
}
