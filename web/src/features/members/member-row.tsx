import { useMutation, useQuery } from "@tanstack/react-query";
import { messageOf } from "@/api/problem";
import type { Member } from "@/api/types";
import { projectsQuery } from "@/features/projects/queries";
import { type Role, roleAllows, useMay, useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { inputClass } from "@/ui/field";
import { Ago } from "@/ui/time";
import { toast } from "@/ui/toast";
import { changeRole } from "./queries";
import { nameOf, roleWord, rolesUpTo } from "./roles";

interface Props { member: Member; onRemove: () => void; onProjects: () => void }

/** One member. Nobody changes somebody stronger, and oneself one changes elsewhere. */
export function MemberRow({ member, onRemove, onProjects }: Props) {
  const me = useMe();
  const admin = useMay("admin");
  const self = member.user.id === me.user.id;
  const may = admin && !self && roleAllows(me.role, member.role);
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(member.user.id, role),
    onError: (error) => toast("bad", "The role was not changed", messageOf(error)),
  });
  const who = nameOf(member.user);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-2 first:border-t-0">
      <div className="min-w-40 flex-1">
        <p className="truncate font-medium" title={who}>{member.user.name || member.user.email || who}{self && <span className="font-normal text-muted"> · you</span>}</p>
        <p className="truncate text-xs text-muted">{member.user.name && `${member.user.email} · `}since <Ago at={member.since} /></p>
      </div>
      <ProjectSummary projects={member.projects} />
      {may ? (
        <select
          aria-label={`Role of ${who}`}
          className={`${inputClass} max-w-32 cursor-pointer`}
          value={change.isPending ? change.variables : member.role}
          disabled={change.isPending}
          onChange={(event) => change.mutate(event.target.value as Role)}
        >
          {rolesUpTo(me.role).map((each) => <option key={each.value} value={each.value}>{roleWord(each.value)}</option>)}
        </select>
      ) : <span className="w-32 px-2.5 text-muted">{roleWord(member.role)}</span>}
      {admin && <Button variant="ghost" size="sm" aria-label={`Roles of ${who} in projects`} onClick={onProjects}>Projects…</Button>}
      {admin && <Button variant="ghost" size="sm" aria-label={`Remove ${who}`} disabled={!may} onClick={onRemove}>Remove</Button>}
    </li>
  );
}

function ProjectSummary({ projects }: { projects: Member["projects"] }) {
  const names = useQuery(projectsQuery).data?.items ?? [];
  const text = Object.entries(projects).map(([id, role]) => `${names.find((each) => each.id === id)?.slug ?? id.slice(-6)}: ${role}`).join(", ");
  return <span className="max-w-52 min-w-0 truncate text-xs text-muted" title={text}>{text}</span>;
}
