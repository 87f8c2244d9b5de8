import { Search } from "lucide-react";
import { LiveDot } from "@/features/live/live-dot";
import { OrganizationSwitcher } from "@/features/organizations/switcher";
import { commandKey } from "@/lib/keys";
import { Kbd } from "@/ui/kbd";
import { UserMenu } from "./user-menu";

/** Whose this is, the way to anything, and whether it is live. */
export function TopBar({ onPalette, onShortcuts }: { onPalette: () => void; onShortcuts: () => void }) {
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-4 border-b border-line bg-bg pr-6 pl-3.5">
      <OrganizationSwitcher />
      <button
        type="button"
        onClick={onPalette}
        className="mx-auto flex h-8 w-full max-w-sm items-center gap-2 rounded-md border border-line bg-surface px-2.5 text-muted motion hover:border-line-strong"
      >
        <Search aria-hidden className="size-3.5" />
        <span className="flex-1 truncate text-left">Jump to or run…</span>
        <Kbd>{commandKey}</Kbd><Kbd>K</Kbd>
      </button>
      <LiveDot />
      <UserMenu onShortcuts={onShortcuts} />
    </header>
  );
}
