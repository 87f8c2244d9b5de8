import type { Config } from "@/api/types";

/** A config without what means the default: empty texts, absent numbers, empty lists. Two equal ones are equal as text. */
export function trimConfig(config: Config): Config {
  const { source, build, run, health, rollout } = config;
  const git = source.kind === "git";
  return {
    source: trim({
      kind: source.kind || "upload",
      repository: git ? source.repository?.trim() : undefined,
      branch: git ? source.branch?.trim() : undefined,
      directory: source.directory?.trim(),
      token_name: git ? source.token_name?.trim() : undefined,
    }),
    build: trim({ ...build }),
    run: trim({ ...run }),
    health: trim({ ...health }),
    rollout: trim({ ...rollout }),
    domains: (config.domains ?? []).map((host) => host.trim().toLowerCase()).filter((host) => host !== ""),
  };
}

function trim<T extends object>(part: T): T {
  const kept = Object.entries(part)
    .filter(([, value]: [string, unknown]) => !(value === undefined || value === null || value === "" || value === 0 || isEmpty(value)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept) as T;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

const HOST = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Why a domain is refused, or "". The same rule as the platform's. */
export function hostError(host: string): string {
  return host.length <= 253 && HOST.test(host) ? "" : `"${host}" is no host name. Leave out https:// and the port, as in app.example.com.`;
}
