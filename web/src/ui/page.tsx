import { clsx } from "clsx";
import type { ReactNode } from "react";

interface Props {
  title: ReactNode;
  crumbs?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  narrow?: boolean;
}

/** The frame of a page: what it is, what can be done, and the rest. */
export function Page({ title, crumbs, description, actions, children, narrow }: Props) {
  return (
    <div className={clsx("mx-auto w-full px-6 pt-6 pb-16", narrow ? "max-w-3xl" : "max-w-[1440px]")}>
      <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 space-y-0.5">
          {crumbs}
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {description && <div className="text-muted">{description}</div>}
        </div>
        {actions && <div className="flex items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
