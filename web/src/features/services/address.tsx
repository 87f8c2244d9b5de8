import { ArrowUpRight } from "lucide-react";
import type { Service } from "@/api/types";

/** Where a service answers; a link once something has been deployed. */
export function Address({ service }: { service: Pick<Service, "url" | "host" | "live"> }) {
  const shown = (service.url || service.host).replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (!service.live || !service.url) return <span className="block truncate text-muted" title={shown}>{shown}</span>;
  return (
    <a href={service.url} target="_blank" rel="noreferrer" title={shown} className="inline-flex max-w-full min-w-0 items-center gap-0.5 text-accent-text hover:underline">
      <span className="truncate">{shown}</span>
      <ArrowUpRight aria-hidden className="size-3.5 shrink-0" />
      <span className="sr-only">(opens a new window)</span>
    </a>
  );
}
