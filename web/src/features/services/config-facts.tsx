import type { ReactNode } from "react";
import type { Service } from "@/api/types";
import { Address } from "./address";

const mono = (text: string) => <code className="font-mono text-xs break-all">{text}</code>;

/** The settings that matter at a glance, with their defaults spelled out. */
export function configFacts(service: Service): [string, ReactNode][] {
  const { source, run, health, rollout, domains = [] } = service.config;
  const from = source.kind === "git" ? mono(`${source.repository ?? ""}@${source.branch ?? "main"}`) : "uploaded directory";
  return [
    ["Address", <Address key="address" service={service} />],
    ...(domains.length > 0 ? [["Domains", <span key="domains">{domains.join(", ")}</span>] as [string, ReactNode]] : []),
    ["Source", <>{from}{source.directory ? <> in {mono(source.directory)}</> : null}</>],
    ["Runtime", service.config.build.runtime ?? "chosen by the source"],
    ["Port", run.port ? run.port : "$PORT"],
    ["Health", <>{mono(health.path || "/up, else /")} within {health.deadline_seconds ?? 60} s</>],
    ["Limits", [run.cpus ? `${run.cpus} CPU` : "", run.memory_mb ? `${run.memory_mb} MB` : ""].filter(Boolean).join(" · ") || "none"],
    ["Drain", `${rollout.drain_seconds ?? 30} s, WebSockets ${rollout.websocket_drain_seconds ?? 60} s`],
    ["Kept warm", `${rollout.rollback_window_seconds ?? 600} s after a deployment`],
    ["Versions", `settings v${service.config_version} · env v${service.env_version}`],
  ];
}
