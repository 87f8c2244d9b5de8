import type { Deployment, Release, Service } from "@/api/types";

export interface RollbackTarget {
  release: Release;
  /** It had traffic, but its deployment did not end well: a canary that was taken back, for one. */
  failed: boolean;
}

/**
 * The releases that a service can go back to: those that had traffic. One that never had any did not pass its gate, and
 * going back to it would serve for the first time what was refused.
 */
export function rollbackTargets(service: Pick<Service, "live">, releases: readonly Release[], failed: readonly Pick<Deployment, "id">[]): RollbackTarget[] {
  const failures = new Set(failed.map((deployment) => deployment.id));
  return releases
    .filter((release) => release.activated_at !== undefined && release.id !== service.live?.id)
    .map((release) => ({ release, failed: failures.has(release.deployment_id) }));
}

/** The target that is offered first: the newest before the live release that did well, else the newest that is left. */
export function firstTarget(service: Pick<Service, "live">, targets: readonly RollbackTarget[]): RollbackTarget | undefined {
  const before = targets.filter(({ release }) => release.number < (service.live?.number ?? Infinity));
  return before.find((target) => !target.failed) ?? targets.find((target) => !target.failed) ?? targets[0];
}
