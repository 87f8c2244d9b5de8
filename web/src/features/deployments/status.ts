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

/** What each kind of step is called. The order and the number of steps come with the deployment. */
const TITLES: Record<Step["kind"], { title: string; about: string }> = {
  source: { title: "Fetch source", about: "Fetches and pins what is deployed." },
  build: { title: "Build", about: "Makes the artifact." },
  release: { title: "Record release", about: "Fixes the artifact with its env and settings." },
  start: { title: "Start replicas", about: "Starts the new replicas beside the old ones." },
  health: { title: "Health check", about: "Waits until every new replica answers." },
  shift: { title: "Shift traffic", about: "Points the edge at the new release." },
  watch: { title: "Watch", about: "Watches how the new release does with its share of the traffic." },
  drain: { title: "Drain old release", about: "Lets the old release finish what it serves." },
  remove: { title: "Remove", about: "Ends what runs on a server that the service leaves." },
  verify: { title: "Verify", about: "Observes digest, health and route." },
};

export interface PlannedStep extends Step {
  title: string;
  about: string;
}

/** The steps of a deployment in order, those to come included. Steps of one kind are told apart by a number. */
export function plan(deployment: Deployment): PlannedStep[] {
  const steps = [...deployment.steps].sort((a, b) => a.index - b.index);
  return steps.map((step) => {
    const alike = steps.filter((each) => each.kind === step.kind);
    // A newer control plane may know kinds that this page does not.
    const { title, about } = (TITLES as Partial<typeof TITLES>)[step.kind] ?? { title: step.kind, about: "" };
    const numbered = alike.length > 1 ? `${title} ${alike.indexOf(step) + 1} of ${alike.length}` : title;
    return { ...step, title: numbered, about };
  });
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
  return { deploy: "Deploy", redeploy: "Redeploy", rollback: "Rollback", place: "Move" }[kind] ?? kind;
}

/** Once traffic moves it is too late to cancel. */
export function cancellable(deployment: Deployment): boolean {
  return !hasEnded(deployment.status) && deployment.point === "cancellable";
}

/** The share of traffic that the new release takes, 0 to 100. */
export function traffic(deployment: Deployment): number {
  if (deployment.status === "succeeded" || deployment.point === "settled") return 100;
  const shift = plan(deployment).findLast((step) => step.kind === "shift" && step.status === "succeeded");
  const weight = Number(shift?.evidence?.weight);
  return Number.isFinite(weight) ? weight : 0;
}
