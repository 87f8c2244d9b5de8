import type { LucideIcon } from "lucide-react";
import type { Server, ServerLive, Service } from "@/api/types";
import type { Tone } from "@/ui/state";
import { replicasOf } from "./placement";
import { isDeploying, pendingOperation, serviceLook } from "./status";

/** How a service is at this moment: the one truth behind its badge, its counts and the overview's headline. */
export interface Health {
  tone: Tone;
  label: string;
  icon?: LucideIcon;
  /** How many replicas of the live release run, as far as their servers tell. */
  running: number;
  /** How many there should be. */
  wanted: number;
  /** The servers that do not tell what runs on them. */
  silent: string[];
}

/** Judges a service by what it should be and by what its servers' agents see; `servers` is undefined until it is read. */
export function healthOf(service: Service, servers: readonly Server[] | undefined): Health {
  const wanted = service.state === "running" ? replicasOf(service) : 0;
  const placed = service.placement.map(({ id }) => servers?.find((server) => server.id === id) ?? { id, name: "a server" });
  const lives = placed.map((server) => ("live" in server ? server.live : undefined));
  const running = lives.reduce((sum, live) => sum + runningOn(live, service), 0);
  const silent = placed.filter((_, index) => !lives[index]).map((server) => server.name);
  return { ...look({ service, known: servers !== undefined, running, wanted, silent: silent.length }), running, wanted, silent };
}

interface Seen { service: Service; known: boolean; running: number; wanted: number; silent: number }

function look({ service, known, running, wanted, silent }: Seen): Pick<Health, "tone" | "label" | "icon"> {
  if (service.state !== "running") return serviceLook(service);
  if (!known) return { tone: "idle", label: "Checking" };
  if (running >= wanted) return serviceLook(service);
  if (silent > 0) return { tone: "warn", label: "Unknown" };
  // A change is at work: what is missing may be on its way.
  if (isDeploying(service) || pendingOperation(service)) return { tone: "busy", label: "Starting" };
  return running === 0 ? { tone: "bad", label: "Down" } : { tone: "warn", label: "Degraded" };
}

function runningOn(live: ServerLive | undefined, service: Service): number {
  return live?.instances.filter(({ labels, state, ailing }) => labels.service === service.id && labels.release === service.live?.id && state === "running" && !ailing).length ?? 0;
}
