import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { projectsQuery } from "@/features/projects/queries";
import { type Role, useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import { InvitationLink } from "./invitation-link";
import { invite } from "./queries";
import { rolesUpTo } from "./roles";

/** Makes an invitation, and shows its link this once. A guest is invited to a project. */
export function Invite({ onDone }: { onDone: () => void }) {
  const me = useMe();
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("developer");
  const [project, setProject] = useState("");
  const [inProject, setInProject] = useState<Role>("developer");
  const guest = role === "guest";
  const create = useMutation({ mutationFn: () => invite({ email: email.trim(), role, ...(project ? { projects: { [project]: inProject } } : {}) }) });
  if (create.data) return <InvitationLink invitation={create.data} onDone={onDone} />;
  const roles = rolesUpTo(me.role);
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <TextField label="E-mail" type="email" value={email} onChange={setEmail} placeholder="bob@example.com" required autoComplete="off" hint="A new account gets this e-mail. Somebody who has an account can join with theirs." />
      <SelectField label="Role" value={role} onChange={(value) => setRole(value as Role)} options={roles} />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={guest ? "Project" : "Also in project"}
          value={project}
          onChange={setProject}
          options={[{ value: "", label: guest ? "Choose a project" : "None" }, ...projects.map((each) => ({ value: each.id, label: each.name || each.slug }))]}
        />
        {project && <SelectField label="Role there" value={inProject} onChange={(value) => setInProject(value as Role)} options={roles.filter((each) => each.value !== "guest")} />}
      </div>
      {create.error && <Failure title="The invitation was not made" error={create.error} />}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={create.isPending || email.trim() === "" || (guest && !project)}>Create link</Button>
      </DialogActions>
    </form>
  );
}
