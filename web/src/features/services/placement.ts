import type { Server, Service } from "@/api/types";

/** Whether a service is placed on a server. */
export function isPlacedOn(service: Pick<Service, "placement">, serverId: string): boolean {
  return service.placement.some((target) => target.id === serverId);
}

/** How many replicas a service has on all its servers together. */
export function replicasOf(service: Pick<Service, "placement" | "replicas">): number {
  return service.placement.reduce((sum, target) => sum + (target.replicas ?? service.replicas), 0);
}

/** How many replicas a service is to have on one server, while it is not stopped. */
export function replicasOn(service: Pick<Service, "placement" | "replicas" | "state">, serverId: string): number {
  const target = service.placement.find((each) => each.id === serverId);
  return target && service.state !== "stopped" ? target.replicas ?? service.replicas : 0;
}

/** What a person has chosen for one server; no number: as many replicas as the settings say. */
export interface Choice {
  chosen: boolean;
  replicas?: number;
}

/** The targets that are chosen, those where the service runs already first and in their order. */
export function targetsOf(service: Pick<Service, "placement">, choices: Readonly<Record<string, Choice>>): { id: string; replicas?: number }[] {
  const before = service.placement.map((target) => target.id);
  const ids = [...before, ...Object.keys(choices).filter((id) => !before.includes(id))];
  return ids.flatMap((id) => {
    const choice = choices[id];
    return choice?.chosen ? [{ id, ...(choice.replicas ? { replicas: choice.replicas } : {}) }] : [];
  });
}

/** The present placement as choices. */
export function choicesOf(service: Pick<Service, "placement">): Record<string, Choice> {
  return Object.fromEntries(service.placement.map((target) => [target.id, { chosen: true, ...(target.replicas ? { replicas: target.replicas } : {}) }]));
}

/** Whether two lists of targets say the same. */
export function sameTargets(a: readonly { id: string; replicas?: number }[], b: readonly { id: string; replicas?: number }[]): boolean {
  return a.length === b.length && a.every((target, i) => target.id === b[i]?.id && (target.replicas ?? 0) === (b[i].replicas ?? 0));
}

/** What a placement changes, for a person: which servers the service comes to and which it leaves. */
export function changesOf(service: Pick<Service, "placement">, targets: readonly { id: string }[]): { joins: string[]; leaves: string[] } {
  const before = service.placement.map((target) => target.id);
  const after = targets.map((target) => target.id);
  return { joins: after.filter((id) => !before.includes(id)), leaves: before.filter((id) => !after.includes(id)) };
}

/** The chosen servers whose edges the others cannot reach, where the service is to run on several. */
export function unreachable(servers: readonly Pick<Server, "id" | "name" | "peer_address">[], targets: readonly { id: string }[]): string[] {
  if (targets.length < 2) return [];
  return servers.filter((server) => targets.some((target) => target.id === server.id) && !server.peer_address).map((server) => server.name);
}
