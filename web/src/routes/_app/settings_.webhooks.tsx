import { createFileRoute } from "@tanstack/react-router";
import { warm } from "@/api/load";
import { SettingsTabs } from "@/features/settings/settings-tabs";
import { webhooksQuery } from "@/features/webhooks/queries";
import { Webhooks } from "@/features/webhooks/webhooks";
import { useTitle } from "@/lib/title";
import { Page } from "@/ui/page";

export const Route = createFileRoute("/_app/settings_/webhooks")({
  loader: () => warm(webhooksQuery),
  component: WebhooksPage,
});

function WebhooksPage() {
  useTitle("Webhooks · Settings");
  return (
    <Page title="Settings" narrow>
      <SettingsTabs />
      <Webhooks />
    </Page>
  );
}
