import type { Deployment, Server, Service } from "@/api/types";
import { hasEnded } from "@/features/deployments/status";
import { count, sentence } from "@/lib/format";
import { StateIcon, type Tone } from "@/ui/state";
import { Ago } from "@/ui/time";
import type { Finding } from "./assess";

interface Props { findings: Finding[]; services: Service[]; servers: Server[]; deployments: Deployment[] }

/** The answer to "is everything all right, and what changed last?" in two lines. */
export function Headline({ findings, services, servers, deployments }: Props) {
  const serious = findings.filter((each) => each.tone === "bad" || each.tone === "warn");
  const bad = serious.some((each) => each.tone === "bad");
  const tone: Tone = bad ? "bad" : serious.length > 0 ? "warn" : "ok";
  const running = services.filter((each) => each.state === "running").length;
  const online = servers.filter((each) => each.state === "online").length;
  const title = serious.length > 0 ? `${count(serious.length, "thing")} ${serious.length === 1 ? "needs" : "need"} attention` : services.length === 0 ? "Welcome to Syntra" : "Everything is all right";
  const busy = deployments.filter((each) => !hasEnded(each.status));
  const last = deployments[0];
  return (
    <header>
      <h1 className="flex items-center gap-2.5 text-xl font-semibold tracking-tight">
        {services.length > 0 && <StateIcon tone={tone} label={tone === "ok" ? "All right" : "Attention"} />}
        {title}
      </h1>
      <p className="mt-0.5 text-muted">
        {sentence([`${running} of ${count(services.length, "service")} running`, `${online} of ${count(servers.length, "server")} online`])}.
        {busy.length > 0 ? ` ${count(busy.length, "deployment")} under way.` : last ? <> Last change: {last.service_slug}, <Ago at={last.ended_at ?? last.requested_at} />.</> : null}
      </p>
    </header>
  );
}
