import { useQuery } from "@tanstack/react-query";
import type { Service } from "@/api/types";
import { serversQuery } from "@/features/servers/queries";
import { count } from "@/lib/format";

/** On which servers a service runs: their names, and how many where they are many. */
export function ServerNames({ service }: { service: Service }) {
  const { data } = useQuery(serversQuery);
  const names = service.placement.map(({ id }) => data?.items.find((each) => each.id === id)?.name ?? "…");
  if (names.length === 0) return <span className="text-faint">–</span>;
  return <span title={names.join(", ")}>{names.length > 2 ? count(names.length, "server") : names.join(", ")}</span>;
}
