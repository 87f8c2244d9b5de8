import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import type { Member } from "@/api/types";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { Invite } from "./invite";
import { MemberRow } from "./member-row";
import { ProjectRoles } from "./project-roles";
import { membersQuery, removeMember } from "./queries";
import { nameOf } from "./roles";

/** Who belongs to the organization, in which role, and the way in and out. */
export function Members() {
  const { data, error, refetch } = useQuery(membersQuery);
  const mayInvite = useMay("admin");
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const edited = data?.items.find((each) => each.user.id === editing);
  return (
    <>
      <Panel title="Members" flush aside={mayInvite && <Button variant="primary" size="sm" onClick={() => setInviting(true)}><UserPlus aria-hidden />Invite</Button>}>
        {error && !data ? <div className="p-4"><Failure title="Members could not be loaded" error={error} onRetry={() => void refetch()} /></div>
          : !data ? <div className="p-4"><SkeletonLines lines={3} label="Loading members" /></div>
          : (
            <ul aria-label="Members">
              {data.items.map((member) => <MemberRow key={member.user.id} member={member} onRemove={() => setRemoving(member)} onProjects={() => setEditing(member.user.id)} />)}
            </ul>
          )}
      </Panel>
      <Dialog open={inviting} onOpenChange={setInviting} title="Invite somebody" description="Makes a link by which one person can join within seven days. Syntra sends no mail: you send the link.">
        <Invite onDone={() => setInviting(false)} />
      </Dialog>
      <Dialog open={edited !== undefined} onOpenChange={() => setEditing(null)} title="Roles in projects" description="In a project the stronger of both roles holds.">
        {edited && <ProjectRoles member={edited} onDone={() => setEditing(null)} />}
      </Dialog>
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Remove ${removing ? nameOf(removing.user) : ""}?`}
        action="Remove member"
        danger
        run={async () => {
          await removeMember(removing?.user.id ?? "");
          toast("ok", "The member was removed");
        }}
      >
        All their sessions and tokens for this organization end at once, and the invitations they made. What they did stays in the activity.
      </Confirm>
    </>
  );
}
