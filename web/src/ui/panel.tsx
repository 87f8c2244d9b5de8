import { clsx } from "clsx";
import type { ReactNode } from "react";

interface PanelProps {
  title?: ReactNode;
  /** Beside the title, at the right. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** No padding around the content, for tables and lists. */
  flush?: boolean;
}

/** A bordered part of a page with a heading. */
export function Panel({ title, aside, children, className, flush }: PanelProps) {
  return (
    <section className={clsx("min-w-0 rounded-lg border border-line bg-surface", className)}>
      {(title ?? aside) && (
        <header className="flex min-h-10 flex-wrap items-center justify-between gap-x-3 border-b border-line px-4 py-1.5">
          <h2 className="min-w-0 text-sm font-medium wrap-anywhere">{title}</h2>
          <div className="flex min-w-0 items-center gap-2 text-xs wrap-anywhere text-muted">{aside}</div>
        </header>
      )}
      <div className={clsx(!flush && "p-4")}>{children}</div>
    </section>
  );
}

/** Names and values, side by side. */
export function Facts({ items }: { items: [name: string, value: ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_minmax(0,1fr)] gap-x-6 gap-y-2">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
