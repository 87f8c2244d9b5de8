import { createFileRoute } from "@tanstack/react-router";
import { warm } from "@/api/load";
import { Profile } from "@/features/session/profile";
import { SettingsTabs } from "@/features/settings/settings-tabs";
import { tokensQuery } from "@/features/tokens/queries";
import { Tokens } from "@/features/tokens/tokens";
import { useTitle } from "@/lib/title";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/settings")({
  loader: () => warm(tokensQuery),
  component: Settings,
});

function Settings() {
  useTitle("Settings");
  return (
    <Page title="Settings" narrow>
      <SettingsTabs />
      <div className="space-y-4">
        <Profile />
        <Tokens />
      </div>
    </Page>
  );
}
