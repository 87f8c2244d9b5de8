import { useNavigate } from "@tanstack/react-router";
import { Keyboard, LogOut, Monitor, Moon, Settings, Sun } from "lucide-react";
import { messageOf } from "@/api/problem";
import { logOut, useMe } from "@/features/session/session";
import { Menu, MenuItem, MenuLabel, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import { type Theme, setTheme, useTheme } from "./theme";

const THEMES: { value: Theme; label: string; icon: typeof Sun }[] = [
  { value: "system", label: "Follow the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
];

/** Signs out; stays, and says why, where that is refused. */
export function useSignOut(): () => void {
  const navigate = useNavigate();
  return () => {
    logOut().then(
      () => navigate({ to: "/login" }),
      (error: unknown) => toast("bad", "Could not sign out", messageOf(error)),
    );
  };
}

export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const { user, role } = useMe();
  const theme = useTheme();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const name = user.name || user.email;
  return (
    <Menu
      trigger={
        <button type="button" aria-label={`Account of ${name}`} className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent-text uppercase">
          {name.slice(0, 1)}
        </button>
      }
    >
      <MenuLabel><span className="block text-sm text-text">{name}</span>{user.email} · {role}</MenuLabel>
      <MenuLine />
      <MenuLabel>Theme</MenuLabel>
      {THEMES.map(({ value, label, icon: Icon }) => (
        <MenuItem key={value} icon={<Icon aria-hidden />} onSelect={() => setTheme(value)}>
          {label}{theme === value && <span className="text-muted"> · now</span>}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon={<Settings aria-hidden />} onSelect={() => void navigate({ to: "/settings" })}>Settings</MenuItem>
      <MenuItem icon={<Keyboard aria-hidden />} onSelect={onShortcuts}>Keyboard shortcuts</MenuItem>
      <MenuItem icon={<LogOut aria-hidden />} onSelect={signOut}>Sign out</MenuItem>
    </Menu>
  );
}
