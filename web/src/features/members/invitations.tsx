import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Invitation } from "@/api/types";
import { useNow } from "@/lib/now";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Failure } from "@/ui/failure";
import { Panel } from "@/ui/panel";
import { Due } from "@/ui/time";
import { toast } from "@/ui/toast";
import { invitationsQuery, revokeInvitation } from "./queries";
import { nameOf, roleWord } from "./roles";

/** The invitations that nobody has accepted yet. The panel is not there while there are none. */
export function Invitations() {
  const { data, error, refetch } = useQuery(invitationsQuery);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  if (error && !data) return <Failure title="Invitations could not be loaded" error={error} onRetry={() => void refetch()} />;
  if (!data || data.items.length === 0) return null;
  return (
    <Panel title="Pending invitations" flush>
      <ul aria-label="Pending invitations">
        {data.items.map((each) => <InvitationRow key={each.id} invitation={each} onRevoke={() => setRevoking(each)} />)}
      </ul>
      <Confirm
        open={revoking !== null}
        onOpenChange={() => setRevoking(null)}
        title={`Revoke the invitation of ${revoking?.email ?? ""}?`}
        action="Revoke invitation"
        danger
        run={async () => {
          await revokeInvitation(revoking?.id ?? "");
          toast("ok", "The invitation was revoked");
        }}
      >
        Its link opens nothing from this moment on. You can make another.
      </Confirm>
    </Panel>
  );
}

function InvitationRow({ invitation, onRevoke }: { invitation: Invitation; onRevoke: () => void }) {
  const ended = Date.parse(invitation.expires_at) <= useNow(5000);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-2 first:border-t-0">
      <div className="min-w-40 flex-1">
        <p className="truncate font-medium" title={invitation.email}>{invitation.email || "E-mail erased"}</p>
        <p className="truncate text-xs text-muted">invited by {nameOf(invitation.invited_by)}</p>
      </div>
      <span className="w-20 text-muted">{roleWord(invitation.role)}</span>
      <span className="w-32 text-right text-xs text-muted">{ended ? "expired" : <>ends <Due at={invitation.expires_at} /></>}</span>
      <Button variant="ghost" size="sm" aria-label={`Revoke the invitation of ${invitation.email}`} onClick={onRevoke}>Revoke</Button>
    </li>
  );
}
