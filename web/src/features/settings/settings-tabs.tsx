import { useMay } from "@/features/session/session";
import { LinkTabs } from "@/ui/tabs";

/** The pages of the settings that the one who looks may see. */
export function SettingsTabs() {
  const admin = useMay("admin");
  if (!admin) return null;
  return (
    <div className="mb-5 border-b border-line">
      <LinkTabs
        label="Settings"
        tabs={[
          { label: "Account", link: { to: "/settings" }, exact: true },
          { label: "Webhooks", link: { to: "/settings/webhooks" } },
        ]}
      />
    </div>
  );
}
