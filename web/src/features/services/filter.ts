import type { Server, Service } from "@/api/types";
import { healthOf } from "./health";
import { isPlacedOn } from "./placement";
import { isDeploying } from "./status";

/** What the list of services is narrowed to; its address holds it. */
export interface ServiceFilter { q?: string; state?: StateFilter; project?: string; server?: string }

export const STATE_FILTERS = [
  { value: "attention", label: "Needs attention" },
  { value: "running", label: "Running" },
  { value: "deploying", label: "Deploying" },
  { value: "stopped", label: "Stopped" },
  { value: "empty", label: "Not deployed" },
] as const;
export type StateFilter = (typeof STATE_FILTERS)[number]["value"];

/** Reads the filter out of an address. */
export function readServiceFilter(search: Record<string, unknown>): ServiceFilter {
  const filter: ServiceFilter = {};
  for (const name of ["q", "project", "server"] as const) {
    const value = search[name];
    // The router reads digits as a number.
    if ((typeof value === "string" && value !== "") || typeof value === "number") filter[name] = String(value);
  }
  const state = STATE_FILTERS.find((each) => each.value === search.state);
  return state ? { ...filter, state: state.value } : filter;
}

/** The services that fit. Each word must be in a service's name, project, address or domains. */
export function filterServices(services: readonly Service[], servers: readonly Server[] | undefined, filter: ServiceFilter): Service[] {
  const words = (filter.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return services.filter((service) => {
    const text = [service.slug, service.name, service.project_slug, service.host, service.url, ...(service.config.domains ?? [])].join(" ").toLowerCase();
    return words.every((word) => text.includes(word))
      && (!filter.project || service.project_id === filter.project)
      && (!filter.server || isPlacedOn(service, filter.server))
      && (!filter.state || isIn(service, servers, filter.state));
  });
}

function isIn(service: Service, servers: readonly Server[] | undefined, state: StateFilter): boolean {
  if (state === "deploying") return isDeploying(service);
  const { tone } = healthOf(service, servers);
  if (state === "attention") return tone === "bad" || tone === "warn" || service.deployment?.status === "failed";
  return service.state === state;
}
