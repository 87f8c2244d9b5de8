import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { renameOrganization } from "./queries";

export function RenameOrganization({ name: now, onDone }: { name: string; onDone: () => void }) {
  const [name, setName] = useState(now);
  const rename = useMutation({ mutationFn: () => renameOrganization(name.trim()), onSuccess: onDone });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={100} required autoComplete="off" />
      {rename.error && <div className="mt-3"><Failure title="The organization was not renamed" error={rename.error} /></div>}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={rename.isPending} disabled={rename.isPending || name.trim() === ""}>Rename</Button>
      </DialogActions>
    </form>
  );
}
