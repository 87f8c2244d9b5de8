import type { Deployment, Server, Service } from "@/api/types";
import { hasEnded } from "@/features/deployments/status";
import { count } from "@/lib/format";
import { StateIcon } from "@/ui/state";
import { Ago } from "@/ui/time";
import type { Finding } from "./assess";
import { summarize } from "./summary";

interface Props { findings: Finding[]; services: Service[]; servers: Server[]; deployments: Deployment[] }

/** The answer to "is everything all right, and what changed last?" in two lines. */
export function Headline({ findings, services, servers, deployments }: Props) {
  const { tone, title, counts } = summarize(findings, services, servers);
  const busy = deployments.filter((each) => !hasEnded(each.status));
  const last = deployments[0];
  return (
    <header>
      <h1 className="flex items-center gap-2.5 text-xl font-semibold tracking-tight">
        {services.length > 0 && <StateIcon tone={tone} label={{ ok: "Healthy", idle: "Not running", busy: "Changing", warn: "Attention", bad: "Trouble" }[tone]} />}
        {title}
      </h1>
      <p className="mt-0.5 text-muted">
        {counts}.
        {busy.length > 0 ? ` ${count(busy.length, "deployment")} under way.` : last ? <> Last change: {last.service_slug}, <Ago at={last.ended_at ?? last.requested_at} />.</> : null}
      </p>
    </header>
  );
}
