import { Link, type LinkProps } from "@tanstack/react-router";

export interface Tab { label: string; link: LinkProps; exact?: boolean; badge?: string }

/** Pages of one thing, as links: each has its own address. */
export function LinkTabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  return (
    <nav aria-label={label} className="-mb-px flex gap-1 overflow-x-auto">
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          {...tab.link}
          activeOptions={{ exact: tab.exact ?? false, includeSearch: false }}
          className="flex items-center gap-1.5 border-b-2 border-transparent px-2.5 py-2 whitespace-nowrap text-muted motion hover:text-text data-[status=active]:border-accent-text data-[status=active]:text-text"
        >
          {tab.label}
          {tab.badge && <span className="tabular rounded bg-raised px-1 text-xs text-muted">{tab.badge}</span>}
        </Link>
      ))}
    </nav>
  );
}
