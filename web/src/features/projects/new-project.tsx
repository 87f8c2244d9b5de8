import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { slugError, slugOf } from "@/lib/slug";
import { Button } from "@/ui/button";
import { Dialog, DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { createProject } from "./queries";

interface Props { open: boolean; onOpenChange: (open: boolean) => void }

export function NewProject({ open, onOpenChange }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="New project" description="Services that belong together.">
      <ProjectForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  );
}

function ProjectForm({ onCancel }: { onCancel: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const slug = slugOf(name);
  const create = useMutation({
    mutationFn: () => createProject(slug, name.trim()),
    onSuccess: (project) => navigate({ to: "/projects/$projectId", params: { projectId: project.id } }),
  });
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
        placeholder="Shop"
        maxLength={100}
        autoComplete="off"
        hint={<>In addresses it is <code className="font-mono">{slug || "…"}</code>, for good: web-{slug || "…"}.localhost</>}
      />
      {create.error && <div className="mt-3"><Failure title={`Project ${slug} could not be created`} error={create.error} /></div>}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={create.isPending || slugError(slug) !== ""}>Create project</Button>
      </DialogActions>
    </form>
  );
}
