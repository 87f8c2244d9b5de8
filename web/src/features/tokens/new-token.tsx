import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { rolesUpTo } from "@/features/members/roles";
import { type Role, roleAllows, useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Command } from "@/ui/copy";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import { createToken } from "./queries";

const LIVES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
  { value: "", label: "No end" },
];

/** Makes a token, and shows its secret this once. */
export function NewToken({ onDone }: { onDone: () => void }) {
  const me = useMe();
  const strongest = [me.role, ...Object.values(me.projects)].reduce((a, b) => (roleAllows(a, b) ? a : b));
  const allowed = rolesUpTo(strongest);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(roleAllows(strongest, "developer") ? "developer" : strongest);
  const [days, setDays] = useState("90");
  const create = useMutation({ mutationFn: () => createToken({ name: name.trim(), role, ...(days ? { expires_in_days: Number(days) } : {}) }) });
  if (create.data) {
    return (
      <div className="space-y-3">
        <p className="text-muted">Copy it now: it is not shown again.</p>
        <div className="rounded-md border border-line bg-rail p-3 font-mono text-xs break-all select-all" data-testid="token">{create.data.token}</div>
        <p className="text-muted">Log the command line in with it:</p>
        <Command command={`syn login --url ${window.location.origin} --token ${create.data.token}`} />
        <DialogActions><Button variant="primary" onClick={onDone}>Done</Button></DialogActions>
      </div>
    );
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <TextField label="Name" value={name} onChange={setName} placeholder="CI of shop" maxLength={100} required autoComplete="off" hint="What will use it." />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label="Role" value={role} onChange={(value) => setRole(value as Role)} options={allowed} />
        <SelectField label="Lasts" value={days} onChange={setDays} options={LIVES} />
      </div>
      {create.error && <Failure title="The token was not made" error={create.error} />}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={create.isPending || name.trim() === ""}>Create token</Button>
      </DialogActions>
    </form>
  );
}
