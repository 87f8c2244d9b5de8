import type { LucideIcon } from "lucide-react";
import { type Tone, icons } from "@/ui/state";

export function serverLook(state: string): { tone: Tone; label: string; icon?: LucideIcon } {
  switch (state) {
    case "online":
      return { tone: "ok", label: "Online" };
    case "offline":
      return { tone: "bad", label: "Offline" };
    default:
      return { tone: "idle", label: "Waiting for agent", icon: icons.queued };
  }
}
