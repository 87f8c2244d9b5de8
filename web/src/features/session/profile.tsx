import { LogOut } from "lucide-react";
import { type Theme, setTheme, useTheme } from "@/features/shell/theme";
import { useSignOut } from "@/features/shell/user-menu";
import { Button } from "@/ui/button";
import { Id } from "@/ui/copy";
import { SelectField } from "@/ui/field";
import { Facts, Panel } from "@/ui/panel";
import { useMe } from "./session";

const THEMES = [
  { value: "system", label: "Follow the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** Who is logged in, where, and how it looks. */
export function Profile() {
  const { user, organization, role, version } = useMe();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <Panel title="Profile" aside={<Button size="sm" onClick={signOut}><LogOut aria-hidden />Sign out</Button>}>
      <div className="grid gap-6 sm:grid-cols-[1fr_200px]">
        <Facts
          items={[
            ["Name", user.name || "–"],
            ["E-mail", user.email],
            ["Role", role],
            ["Organization", <span key="org">{organization.name} <span className="text-muted">({organization.slug})</span></span>],
            ["User id", <Id key="id" id={user.id} />],
            ["Platform", `Syntra ${version}`],
          ]}
        />
        <SelectField label="Theme" value={theme} onChange={(value) => setTheme(value as Theme)} options={THEMES} />
      </div>
    </Panel>
  );
}
