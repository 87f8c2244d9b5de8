import { KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { type Theme, setTheme, useTheme } from "@/features/shell/theme";
import { useSignOut } from "@/features/shell/user-menu";
import { Button } from "@/ui/button";
import { Id } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";
import { Facts, Panel } from "@/ui/panel";
import { ChangePassword } from "./change-password";
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
  const [changing, setChanging] = useState(false);
  const actions = (
    <span className="flex gap-2">
      <Button size="sm" onClick={() => setChanging(true)}><KeyRound aria-hidden />Change password…</Button>
      <Button size="sm" onClick={signOut}><LogOut aria-hidden />Sign out</Button>
    </span>
  );
  return (
    <Panel title="Profile" aside={actions}>
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
      <Dialog open={changing} onOpenChange={setChanging} title="Change the password" description="All other sessions end. API tokens stay.">
        <ChangePassword email={user.email} onDone={() => setChanging(false)} />
      </Dialog>
    </Panel>
  );
}
