import { Link, type LinkProps } from "@tanstack/react-router";

/** What this page is inside of. */
export function Crumbs({ items }: { items: { label: string; link: LinkProps }[] }) {
  return (
    <nav aria-label="Breadcrumb" className="mb-1 flex flex-wrap items-center gap-1.5 text-xs text-muted">
      {items.map((item, index) => (
        <span key={item.label} className="flex items-center gap-1.5">
          {index > 0 && <span aria-hidden className="text-faint">/</span>}
          <Link {...item.link} className="rounded hover:text-text hover:underline">{item.label}</Link>
        </span>
      ))}
    </nav>
  );
}
