import type { LucideIcon } from "lucide-react";
import type { Service } from "@/api/types";
import { hasEnded } from "@/features/deployments/status";
import { type Tone, icons } from "@/ui/state";

interface Look { tone: Tone; label: string; icon?: LucideIcon }

const looks: Record<string, Look> = {
  empty: { tone: "idle", label: "Not deployed" },
  deploying: { tone: "busy", label: "Deploying" },
  running: { tone: "ok", label: "Running" },
  stopped: { tone: "idle", label: "Stopped", icon: icons.stopped },
};

/** How a service's state looks. A first deployment that failed leaves nothing running, and says so. */
export function serviceLook(service: Service): Look {
  const { deployment } = service;
  if ((service.state === "empty" || service.state === "deploying") && deployment && hasEnded(deployment.status) && deployment.status !== "succeeded") {
    return { tone: "bad", label: "Deploy failed" };
  }
  return looks[service.state] ?? { tone: "idle", label: service.state };
}

/** Whether the newest deployment is under way. */
export function isDeploying(service: Service): boolean {
  return service.deployment !== undefined && !hasEnded(service.deployment.status);
}

export function pendingOperation(service: Service): string {
  const { operation } = service;
  if (operation?.status !== "requested") return "";
  return { stop: "Stopping", start: "Starting", restart: "Restarting", scale: `Scaling to ${operation.replicas ?? "…"}` }[operation.kind] ;
}

export interface Trouble { tone: Tone; text: string; kind: "failed" | "operation" | "stopped" | "frozen" }

/** What about a service a person should look at, the worst first. */
export function troubles(service: Service): Trouble[] {
  const found: Trouble[] = [];
  if (service.deployment?.status === "failed") {
    const serving = service.live ? `release #${service.live.number} still serves` : "nothing serves yet";
    found.push({ tone: "bad", kind: "failed", text: `The newest deployment failed; ${serving}.` });
  }
  if (service.operation?.status === "failed") {
    found.push({ tone: "bad", kind: "operation", text: `The ${service.operation.kind} failed: ${service.operation.reason ?? "no reason given"}` });
  }
  if (service.state === "stopped") found.push({ tone: "idle", kind: "stopped", text: "Stopped: its address answers 503." });
  // Without a repository nothing is deployed but by hand.
  if (service.auto_deploy_frozen && service.config.source.kind === "git") found.push({ tone: "warn", kind: "frozen", text: "Automatic deployments are paused since a rollback." });
  return found;
}
