import type { LucideIcon } from "lucide-react";
import type { Deployment, DeploymentStatus, Step } from "@/api/types";
import { type Tone, icons } from "@/ui/state";

interface Look { tone: Tone; label: string; icon?: LucideIcon }

const looks: Record<DeploymentStatus, Look> = {
  queued: { tone: "idle", label: "Queued", icon: icons.queued },
  building: { tone: "busy", label: "Building" },
  deploying: { tone: "busy", label: "Deploying" },
  succeeded: { tone: "ok", label: "Succeeded" },
  failed: { tone: "bad", label: "Failed" },
  cancelled: { tone: "idle", label: "Cancelled", icon: icons.cancelled },
  superseded: { tone: "idle", label: "Superseded", icon: icons.cancelled },
};

export const STATUSES = (Object.keys(looks) as DeploymentStatus[]).map((value) => ({ value, label: looks[value].label }));

/** A status out of an address, where it is one. */
export function readStatus(value: unknown): { status?: DeploymentStatus } {
  const known = STATUSES.find((status) => status.value === value);
  return known ? { status: known.value } : {};
}

/** How a deployment's status looks; one that waits says so. */
export function statusLook(status: DeploymentStatus, waiting?: string): Look {
  if (waiting && !hasEnded(status)) return { tone: "warn", label: "Waiting", icon: icons.queued };
  return looks[status];
}

export function hasEnded(status: DeploymentStatus): boolean {
  return ["succeeded", "failed", "cancelled", "superseded"].includes(status);
}

/** The steps of each kind, in order; a rollback has nothing to build. */
const ALL = ["source", "build", "release", "start", "health", "route", "drain", "verify"] as const;
export type StepName = (typeof ALL)[number];

const TITLES: Record<StepName, { title: string; about: string }> = {
  source: { title: "Fetch source", about: "Fetches and pins what is deployed." },
  build: { title: "Build", about: "Makes the artifact." },
  release: { title: "Record release", about: "Fixes the artifact with its env and settings." },
  start: { title: "Start replicas", about: "Starts the new replicas beside the old ones." },
  health: { title: "Health check", about: "Waits until every new replica answers." },
  route: { title: "Shift traffic", about: "Points the edge at the new release." },
  drain: { title: "Drain old release", about: "Lets the old release finish what it serves." },
  verify: { title: "Verify", about: "Observes digest, health and route." },
};

export interface PlannedStep {
  name: string;
  title: string;
  about: string;
  /** pending, running, succeeded, failed, cancelled, or skipped where the deployment ended before. */
  status: string;
  step?: Step;
}

/** All steps of a deployment, those to come included. */
export function plan(deployment: Deployment): PlannedStep[] {
  const reached = new Map(deployment.steps.map((step) => [step.name, step]));
  const ended = hasEnded(deployment.status);
  const planned = ALL.filter((name) => deployment.kind === "deploy" || !["source", "build", "release"].includes(name) || reached.has(name));
  const known: PlannedStep[] = planned.map((name) => {
    const step = reached.get(name);
    return { name, ...TITLES[name], status: stepStatus(deployment, name, step, ended), ...(step ? { step } : {}) };
  });
  const others = deployment.steps.filter((step) => !(ALL as readonly string[]).includes(step.name));
  return [...known, ...others.map((step) => ({ name: step.name, title: step.name, about: "", status: step.status, step }))];
}

function stepStatus(deployment: Deployment, name: string, step: Step | undefined, ended: boolean): string {
  if (!step) return ended ? "skipped" : "pending";
  // The read model may tell the end of the deployment and not of the step at which it stood.
  if (step.status === "running" && ended) return deployment.failed_step === name || deployment.status === "failed" ? "failed" : "cancelled";
  return step.status;
}

const stepLooks: Record<string, Look> = {
  pending: { tone: "idle", label: "To come" },
  running: { tone: "busy", label: "Running" },
  succeeded: { tone: "ok", label: "Done" },
  failed: { tone: "bad", label: "Failed" },
  cancelled: { tone: "idle", label: "Cancelled", icon: icons.cancelled },
  skipped: { tone: "idle", label: "Not reached", icon: icons.cancelled },
};

export function stepLook(status: string): Look {
  return stepLooks[status] ?? { tone: "idle", label: status };
}

/** What a deployment does, in one word. */
export function kindLabel(kind: string): string {
  return { deploy: "Deploy", redeploy: "Redeploy", rollback: "Rollback" }[kind] ?? kind;
}

/** Past the route step it is too late to cancel. */
export function cancellable(deployment: Deployment): boolean {
  return !hasEnded(deployment.status) && !deployment.steps.some((step) => step.name === "route");
}

/** The share of traffic that the new release takes, 0 to 100. */
export function traffic(deployment: Deployment): number {
  const route = deployment.steps.find((step) => step.name === "route");
  if (deployment.status === "succeeded" || route?.status === "succeeded") return 100;
  const weight = Number(route?.evidence?.weight);
  return Number.isFinite(weight) ? weight : 0;
}
