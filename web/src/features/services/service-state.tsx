import { useQuery } from "@tanstack/react-query";
import type { Service } from "@/api/types";
import { serversQuery } from "@/features/servers/queries";
import { State } from "@/ui/state";
import { healthOf } from "./health";

/** How a service is, as a badge, with how many replicas run where some are missing. */
export function ServiceState({ service, pill = false }: { service: Service; pill?: boolean }) {
  const { data } = useQuery(serversQuery);
  const { tone, label, icon, running, wanted } = healthOf(service, data?.items);
  const counted = data && running < wanted ? `${label} · ${running} of ${wanted}` : label;
  return <State tone={tone} label={counted} pill={pill} {...(icon ? { icon } : {})} />;
}
