import type { Server, Service } from "@/api/types";
import { healthOf } from "@/features/services/health";
import { count, sentence } from "@/lib/format";
import type { Tone } from "@/ui/state";
import type { Finding } from "./assess";

export interface Summary { tone: Tone; title: string; counts: string }

/** The overview's headline. It is green only where something runs, all of it, and nothing needs attention. */
export function summarize(findings: readonly Finding[], services: readonly Service[], servers: readonly Server[]): Summary {
  const serious = findings.filter((each) => each.tone === "bad" || each.tone === "warn");
  const deployed = services.filter((each) => each.live !== undefined);
  const up = deployed.filter((each) => healthOf(each, servers).tone === "ok").length;
  const stopped = deployed.filter((each) => each.state === "stopped").length;
  const never = services.length - deployed.length;
  const online = servers.filter((each) => each.state === "online").length;
  const counts = sentence([
    `${up} of ${count(services.length, "service")} running`,
    ...(stopped > 0 ? [`${stopped} stopped`] : []),
    ...(never > 0 ? [`${never} not deployed yet`] : []),
    `${online} of ${count(servers.length, "server")} online`,
  ]);
  return { ...headline(), counts };

  function headline(): Pick<Summary, "tone" | "title"> {
    if (serious.length > 0) {
      const title = `${count(serious.length, "thing")} ${serious.length === 1 ? "needs" : "need"} attention`;
      return { tone: serious.some((each) => each.tone === "bad") ? "bad" : "warn", title };
    }
    if (services.length === 0) return { tone: "idle", title: "Welcome to Syntra" };
    if (up + stopped < deployed.length) return { tone: "busy", title: "A service is starting" };
    if (up === 0) return { tone: "idle", title: "Nothing is running" };
    return { tone: "ok", title: "All systems healthy" };
  }
}
