import type { ReactNode } from "react";

/** A key to press. */
export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className="inline-grid h-[18px] min-w-[18px] place-items-center rounded border border-line-strong bg-raised px-1 font-sans text-xs text-muted">{children}</kbd>;
}
