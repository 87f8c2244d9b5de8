import { createFileRoute } from "@tanstack/react-router";
import { warm } from "@/api/load";
import { Invitations } from "@/features/members/invitations";
import { Members } from "@/features/members/members";
import { membersQuery } from "@/features/members/queries";
import { OrganizationPanel } from "@/features/organizations/organization-panel";
import { useMay } from "@/features/session/session";
import { SettingsTabs } from "@/features/settings/settings-tabs";
import { useTitle } from "@/lib/title";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/settings_/members")({
  loader: () => warm(membersQuery),
  component: MembersPage,
});

function MembersPage() {
  useTitle("Members");
  const sees = useMay("viewer");
  const admin = useMay("admin");
  return (
    <Page title="Settings" narrow>
      <SettingsTabs />
      <div className="space-y-4">
        {sees && <Members />}
        {admin && <Invitations />}
        <OrganizationPanel />
      </div>
    </Page>
  );
}
