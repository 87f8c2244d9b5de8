import type { Instance, Server, Service } from "@/api/types";

/** The replicas of a service on one server. */
export interface ReplicaGroup {
  server: Server;
  /** Absent while the agent is not connected. Those of the live release come first. */
  instances?: Instance[];
}

/** The replicas of a service by server, in the order of its placement. */
export function replicaGroups(service: Pick<Service, "id" | "placement" | "live">, servers: readonly Server[]): ReplicaGroup[] {
  return service.placement.flatMap((target) => {
    const server = servers.find((each) => each.id === target.id);
    if (!server) return [];
    if (!server.live) return [{ server }];
    const here = server.live.instances.filter((each) => each.labels.service === service.id);
    const isLive = (each: Instance) => each.labels.release === service.live?.id;
    return [{ server, instances: [...here.filter(isLive), ...here.filter((each) => !isLive(each))] }];
  });
}

/** How many of some replicas are of the live release and run. */
export function countLive(service: Pick<Service, "live">, instances: readonly Instance[]): number {
  return instances.filter((each) => each.state === "running" && each.labels.release === service.live?.id).length;
}
