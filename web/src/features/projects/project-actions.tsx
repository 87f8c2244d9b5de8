import { useNavigate } from "@tanstack/react-router";
import { MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import type { Project, Service } from "@/api/types";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog, DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import { deleteProject, renameProject } from "./queries";

/** Renaming and deleting a project. */
export function ProjectActions({ project, services }: { project: Project; services: Service[] }) {
  const navigate = useNavigate();
  const mayRename = useMay("developer", project.id);
  const mayDelete = useMay("admin", project.id);
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const close = () => setOpen(null);
  if (!mayRename) return null;
  return (
    <>
      <Menu trigger={<Button aria-label={`Actions on ${project.slug}`}><MoreHorizontal aria-hidden /></Button>}>
        <MenuItem icon={<Pencil aria-hidden />} onSelect={() => setOpen("rename")}>Rename…</MenuItem>
        <MenuLine />
        <MenuItem danger icon={<Trash2 aria-hidden />} disabled={!mayDelete} onSelect={() => setOpen("delete")}>Delete project…</MenuItem>
      </Menu>
      <Dialog open={open === "rename"} onOpenChange={close} title={`Rename ${project.slug}`} description="The name that people read. Addresses keep the slug.">
        <Rename project={project} onDone={close} />
      </Dialog>
      <Confirm
        open={open === "delete"}
        onOpenChange={close}
        title={`Delete project ${project.slug}?`}
        action="Delete project"
        danger
        typed={project.slug}
        run={async () => {
          await deleteProject(project.id);
          toast("ok", `Project ${project.slug} was deleted`);
          await navigate({ to: "/projects" });
        }}
      >
        {services.length > 0
          ? `It still has services: ${services.map((each) => each.slug).join(", ")}. Delete those first.`
          : "It has no services. Its history stays in the activity."}
      </Confirm>
    </>
  );
}

function Rename({ project, onDone }: { project: Project; onDone: () => void }) {
  const form = useId();
  const [name, setName] = useState(project.name);
  const [error, setError] = useState<unknown>(null);
  return (
    <form
      id={form}
      onSubmit={(event) => {
        event.preventDefault();
        void renameProject(project.id, name.trim()).then(onDone, setError);
      }}
    >
      <TextField label="Name" value={name} onChange={setName} maxLength={100} required autoComplete="off" />
      {error !== null && <div className="mt-3"><Failure title="The name was not changed" error={error} /></div>}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary">Rename</Button>
      </DialogActions>
    </form>
  );
}
