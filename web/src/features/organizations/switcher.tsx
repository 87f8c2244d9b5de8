import { useQuery } from "@tanstack/react-query";
import { Building2, Check, ChevronsUpDown, Plus, UserPlus } from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import type { MyOrganization } from "@/api/types";
import { useMay, useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import { NewOrganization } from "./new-organization";
import { organizationsQuery, switchTo } from "./queries";

/** Which organization this is, and the way to the others. Keys: Enter opens, arrows and letters choose. */
export function OrganizationSwitcher() {
  const { organization } = useMe();
  const navigate = useNavigate();
  const { data } = useQuery(organizationsQuery);
  const mayCreate = useMay("viewer");
  const mayInvite = useMay("admin");
  const [creating, setCreating] = useState(false);
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button variant="ghost" className="max-w-56 min-w-0 text-text" aria-label={`Organization: ${organization.name}`} title={organization.slug}>
            <span className="truncate">{organization.name}</span>
            <ChevronsUpDown aria-hidden className="text-muted" />
          </Button>
        }
      >
        <MenuLabel>Organizations</MenuLabel>
        {(data?.items ?? []).map((each) => <Choice key={each.id} organization={each} here={each.id === organization.id} />)}
        <MenuLine />
        {mayInvite && <MenuItem icon={<UserPlus aria-hidden />} onSelect={() => void navigate({ to: "/settings/members" })}>Members and invitations</MenuItem>}
        {mayCreate && <MenuItem icon={<Plus aria-hidden />} onSelect={() => setCreating(true)}>New organization…</MenuItem>}
      </Menu>
      <NewOrganization open={creating} onOpenChange={setCreating} />
    </>
  );
}

function Choice({ organization, here }: { organization: MyOrganization; here: boolean }) {
  const change = () => {
    if (here) return;
    switchTo(organization.id).catch((error: unknown) => toast("bad", `Could not switch to ${organization.name}`, messageOf(error)));
  };
  return (
    <MenuItem icon={here ? <Check aria-label="Current" /> : <Building2 aria-hidden className="text-faint" />} note={`${organization.slug} · ${organization.role}`} onSelect={change}>
      {organization.name}
    </MenuItem>
  );
}
