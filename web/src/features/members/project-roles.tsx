import { useMutation, useQuery } from "@tanstack/react-query";
import { messageOf } from "@/api/problem";
import type { Member } from "@/api/types";
import { projectsQuery } from "@/features/projects/queries";
import { useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { SelectField } from "@/ui/field";
import { toast } from "@/ui/toast";
import { type ProjectRole, setProjectRole } from "./queries";
import { nameOf, rolesUpTo } from "./roles";

interface Props { member: Member; onDone: () => void }

/** A member's roles in single projects. Each change holds at once. */
export function ProjectRoles({ member, onDone }: Props) {
  const me = useMe();
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const set = useMutation({
    mutationFn: ({ project, role }: { project: string; role: ProjectRole | "" }) => setProjectRole(project, member.user.id, role),
    onError: (error) => toast("bad", "The role was not changed", messageOf(error)),
  });
  const options = [{ value: "", label: "None of its own" }, ...rolesUpTo(me.role).filter((each) => each.value !== "guest")];
  return (
    <div className="space-y-4">
      <p className="text-muted">{nameOf(member.user)} is {member.role} of the organization.</p>
      {projects.length === 0 && <p className="text-muted">There are no projects yet.</p>}
      {projects.map((project) => (
        <SelectField
          key={project.id}
          label={project.name || project.slug}
          value={member.projects[project.id] ?? ""}
          onChange={(role) => set.mutate({ project: project.id, role: role as ProjectRole | "" })}
          options={options}
        />
      ))}
      <DialogActions><Button variant="primary" onClick={onDone}>Done</Button></DialogActions>
    </div>
  );
}
