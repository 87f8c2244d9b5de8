import type { LinkProps } from "@tanstack/react-router";
import type { Server, Service } from "@/api/types";
import { healthOf } from "@/features/services/health";
import { troubles } from "@/features/services/status";
import { sentence } from "@/lib/format";
import type { Tone } from "@/ui/state";

/** Something that a person should know of, and where to look. */
export interface Finding { id: string; tone: Tone; subject: string; text: string; link: LinkProps; service?: string }

const WEIGHT: Record<Tone, number> = { bad: 0, warn: 1, busy: 2, idle: 3, ok: 4 };

/** All that is not as it should be, the worst first. */
export function assess(services: readonly Service[], servers: readonly Server[]): Finding[] {
  const findings: Finding[] = [];
  for (const server of servers) {
    const link: LinkProps = { to: "/servers/$serverId", params: { serverId: server.id } };
    if (server.state === "offline") {
      findings.push({ id: server.id, tone: "bad", subject: server.name, text: `is offline${server.reason ? `: ${server.reason}` : ""}. What ran there goes on serving; deployments wait.`, link });
    }
    const disk = server.live && server.live.disk.total > 0 ? (server.live.disk.used / server.live.disk.total) * 100 : 0;
    if (disk >= 90) findings.push({ id: `${server.id}/disk`, tone: "warn", subject: server.name, text: `has ${Math.round(100 - disk)}% of its disk left.`, link });
    for (const [index, problem] of (server.live?.problems ?? []).entries()) {
      findings.push({ id: `${server.id}/problem/${index}`, tone: "warn", subject: server.name, text: `reports a problem: ${problem}`, link });
    }
    for (const instance of server.live?.instances ?? []) {
      const service = services.find((each) => each.id === instance.labels.service && each.live?.id === instance.labels.release && each.state === "running");
      if (service && (instance.state !== "running" || instance.ailing)) {
        findings.push({
          id: instance.name,
          service: service.id,
          tone: instance.ailing ? "warn" : "bad",
          subject: `${service.project_slug}/${service.slug}`,
          text: instance.ailing ? `has a replica that is not well and gets no requests: ${instance.ailing}.` : `has a replica that ${instance.oom_killed ? "ran out of memory" : instance.state === "restarting" ? "keeps restarting" : `exited with ${instance.exit_code}`}.`,
          link: { to: "/services/$serviceId/logs", params: { serviceId: service.id } },
        });
      }
    }
  }
  for (const service of services) {
    const missing = missingReplicas(service, servers);
    if (missing && !findings.some((each) => each.service === service.id)) findings.push(missing);
    for (const { tone, text, kind } of troubles(service)) {
      const link: LinkProps = kind === "failed" && service.deployment
        ? { to: "/deployments/$deploymentId", params: { deploymentId: service.deployment.id } }
        : { to: "/services/$serviceId", params: { serviceId: service.id } };
      findings.push({ id: `${service.id}/${kind}`, tone, subject: `${service.project_slug}/${service.slug}`, text, link });
    }
  }
  return findings.sort((a, b) => WEIGHT[a.tone] - WEIGHT[b.tone]);
}

/** What a service lacks that no replica of it tells of. A server that is offline is a finding of its own. */
function missingReplicas(service: Service, servers: readonly Server[]): Finding | undefined {
  const { tone, running, wanted, silent } = healthOf(service, servers);
  if (tone !== "bad" && tone !== "warn") return undefined;
  const offline = service.placement.some(({ id }) => servers.some((server) => server.id === id && server.state === "offline"));
  if (service.state !== "running" || (silent.length > 0 && offline)) return undefined;
  const text = silent.length > 0
    ? `has an unknown state: the agent of ${sentence(silent)} tells nothing.`
    : `runs ${running} of ${wanted} ${wanted === 1 ? "replica" : "replicas"}.`;
  return { id: `${service.id}/missing`, tone, subject: `${service.project_slug}/${service.slug}`, text, link: { to: "/services/$serviceId", params: { serviceId: service.id } } };
}
