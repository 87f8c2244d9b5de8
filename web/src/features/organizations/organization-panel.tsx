import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersQuery } from "@/features/members/queries";
import { useMay, useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Panel } from "@/ui/panel";
import { leaveOrganization } from "./queries";
import { RenameOrganization } from "./rename-organization";
import { TransferOwnership } from "./transfer-ownership";

/** The organization itself: its name, its owner, and the way out. */
export function OrganizationPanel() {
  const { organization, role } = useMe();
  const mayRename = useMay("admin");
  const owners = useQuery(membersQuery).data?.items.filter((each) => each.role === "owner").length ?? 0;
  const [open, setOpen] = useState<"rename" | "transfer" | "leave" | null>(null);
  const close = () => setOpen(null);
  const last = role === "owner" && owners < 2;
  return (
    <Panel title="Organization">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="min-w-0"><span className="block font-medium">{organization.name}</span><span className="text-muted">{organization.slug} · you are {role}</span></p>
        <div className="flex flex-wrap gap-2">
          {mayRename && <Button onClick={() => setOpen("rename")}>Rename…</Button>}
          {role === "owner" && <Button onClick={() => setOpen("transfer")}>Transfer ownership…</Button>}
          <Button disabled={last} title={last ? "Make another member owner first." : ""} onClick={() => setOpen("leave")}>Leave…</Button>
        </div>
      </div>
      {last && <p className="mt-2 text-xs text-muted">The last owner cannot leave: make another member owner first.</p>}
      <Dialog open={open === "rename"} onOpenChange={close} title="Rename the organization" description="The slug stays."><RenameOrganization name={organization.name} onDone={close} /></Dialog>
      <Dialog open={open === "transfer"} onOpenChange={close} title="Transfer ownership" description="The other member becomes owner, and you become admin."><TransferOwnership onDone={close} /></Dialog>
      <Confirm open={open === "leave"} onOpenChange={close} title={`Leave ${organization.name}?`} action={`Leave ${organization.name}`} danger run={leaveOrganization}>
        Your sessions and tokens for it end at once. Only an invitation lets you in again.
      </Confirm>
    </Panel>
  );
}
