import { useMay } from "@/features/session/session";
import { LinkTabs, type Tab } from "@/ui/tabs";

/** The pages of the settings that the one who looks may see. */
export function SettingsTabs() {
  const admin = useMay("admin");
  return (
    <div className="mb-5 border-b border-line">
      <LinkTabs
        label="Settings"
        tabs={[
          { label: "Account", link: { to: "/settings" }, exact: true },
          { label: "Members", link: { to: "/settings/members" } },
          ...(admin ? [{ label: "Webhooks", link: { to: "/settings/webhooks" } } satisfies Tab] : []),
        ]}
      />
    </div>
  );
}
