import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "@/api/problem";
import { slugError, slugOf } from "@/lib/slug";
import { Button } from "@/ui/button";
import { Dialog, DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { createOrganization, switchTo } from "./queries";

interface Props { open: boolean; onOpenChange: (open: boolean) => void }

export function NewOrganization({ open, onOpenChange }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="New organization" description="With servers, projects and members of its own. You will be its owner.">
      <OrganizationForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

function OrganizationForm({ onCancel }: { onCancel: () => void }) {
  const [name, setName] = useState("");
  const slug = slugOf(name);
  const create = useMutation({
    mutationFn: async () => {
      const made = await createOrganization(slug, name.trim());
      await switchTo(made.id);
    },
  });
  const taken = create.error instanceof Problem && create.error.reason === "name_taken";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        placeholder="Acme"
        maxLength={100}
        autoComplete="off"
        error={taken ? `${slug} is taken: choose another name.` : undefined}
        hint={<>In commands it is <code className="font-mono">{slug || "…"}</code>, for good.</>}
      />
      {create.error && !taken && <div className="mt-3"><Failure title="The organization could not be created" error={create.error} /></div>}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={create.isPending || slugError(slug) !== ""}>Create organization</Button>
      </DialogActions>
    </form>
  );
}
