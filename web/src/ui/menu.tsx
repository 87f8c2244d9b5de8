import { clsx } from "clsx";
import { DropdownMenu as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";

/** A menu that opens below its trigger. */
export function Menu({ trigger, children, align = "end" }: { trigger: ReactNode; children: ReactNode; align?: "start" | "end" }) {
  // Looked up as it opens: one that moved to another parent while it is open would close.
  const [parent, setParent] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root modal={false} onOpenChange={(open) => open && setParent(document.getElementById("content"))}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      {/* Inside the page's main part: what floats is content, too. */}
      <Radix.Portal container={parent}>
        <Radix.Content align={align} sideOffset={4} collisionPadding={8} className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 animate-appear overflow-y-auto rounded-lg border border-line-strong bg-surface p-1">
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ItemProps {
  children: ReactNode;
  icon?: ReactNode;
  /** A second line: what it does, or why it cannot be done now. */
  note?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect?: () => void;
  /** The child is a link that becomes the item. */
  asChild?: boolean;
}

const itemClass = "flex items-start gap-2 rounded-md px-2 py-1.5 text-sm outline-none data-highlighted:bg-hover data-disabled:pointer-events-none data-disabled:opacity-55 [&_svg]:mt-[3px] [&_svg]:size-3.5 [&_svg]:shrink-0";

export function MenuItem({ children, icon, note, danger, disabled, onSelect, asChild }: ItemProps) {
  const shared = { className: clsx(itemClass, danger && "text-bad"), ...(disabled ? { disabled } : {}), ...(onSelect ? { onSelect } : {}) };
  if (asChild) return <Radix.Item asChild {...shared}>{children}</Radix.Item>;
  return (
    <Radix.Item {...shared}>
      {icon}
      <span>
        {children}
        {note && <span className="block text-xs text-muted">{note}</span>}
      </span>
    </Radix.Item>
  );
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1.5 text-xs text-muted">{children}</Radix.Label>;
}
