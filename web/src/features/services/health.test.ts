import { describe, expect, it } from "vitest";
import type { Instance, Server, Service } from "@/api/types";
import { assess } from "@/features/overview/assess";
import { summarize } from "@/features/overview/summary";
import { healthOf } from "./health";

const at = "2026-01-01T00:00:00Z";
const live = { id: "rel_4", number: 4, commit: {}, digest: "", since: at };
const service = (change: Partial<Service> = {}): Service => ({
  id: "svc_1", project_id: "prj_1", project_slug: "shop", placement: [{ kind: "server", id: "srv_1" }], slug: "web", name: "web", state: "running", url: "", host: "",
  replicas: 2, config: { source: {}, build: {}, run: {}, health: {}, rollout: {} }, config_version: 1, env_version: 1, auto_deploy_frozen: false, live, traffic: [], warm: [], created_at: at, ...change,
});
const replica = (change: Partial<Instance> = {}): Instance => ({
  name: "web", labels: { org: "", project: "", service: "svc_1", release: "rel_4", deployment: "", replica: 1 },
  digest: "", state: "running", address: "", started_at: at, exit_code: 0, restarts: 0, ...change,
});
const server = (instances?: Instance[]): Server => ({
  id: "srv_1", name: "fra-1", state: "online", join_prefix: "", runtimes: [], created_at: at,
  ...(instances ? { live: { at, cpu_percent: 1, memory: { used: 1, total: 2 }, disk: { used: 1, total: 10 }, network: { received: 0, sent: 0 }, load1: 0, problems: [], instances } } : {}),
});
const never = (): Service => {
  const fresh = service({ state: "empty" });
  delete fresh.live;
  return fresh;
};

/** What the badge says, and what the overview says of the same. */
function seen(one: Service, servers: Server[]) {
  const { label, running, wanted } = healthOf(one, servers);
  const { tone, title } = summarize(assess([one], servers), [one], servers);
  return { badge: label, count: `${running} of ${wanted}`, tone, title };
}

describe("what a service's badge, its counts and the headline say", () => {
  it("is healthy only while every replica of the live release runs", () => {
    expect(seen(service(), [server([replica(), replica()])])).toEqual({ badge: "Running", count: "2 of 2", tone: "ok", title: "All systems healthy" });
    expect(seen(service(), [server([replica()])])).toEqual({ badge: "Degraded", count: "1 of 2", tone: "warn", title: "1 thing needs attention" });
    expect(seen(service(), [server([])])).toEqual({ badge: "Down", count: "0 of 2", tone: "bad", title: "1 thing needs attention" });
  });

  it("does not count replicas that crashed, are ailing, or belong to another release", () => {
    const other = { ...replica().labels, release: "rel_3" };
    const instances = [replica({ state: "exited" }), replica({ ailing: "GET /up: 503" }), replica({ labels: other })];
    expect(seen(service(), [server(instances)])).toMatchObject({ badge: "Down", count: "0 of 2", tone: "bad" });
  });

  it("is unknown where the server tells nothing, and never green", () => {
    expect(seen(service(), [server()])).toMatchObject({ badge: "Unknown", tone: "warn" });
    expect(healthOf(service(), undefined)).toMatchObject({ label: "Checking", tone: "idle" });
  });

  it("says that replicas are starting while a change is at work", () => {
    const operation = { id: "opr_1", kind: "start" as const, status: "requested" as const, at };
    expect(seen(service({ operation }), [server([])])).toMatchObject({ badge: "Starting", tone: "busy" });
  });

  it("has no green headline over what never ran or is stopped", () => {
    expect(seen(never(), [server([])])).toMatchObject({ badge: "Not deployed", tone: "idle", title: "Nothing is running" });
    expect(seen(service({ state: "stopped" }), [server([])])).toMatchObject({ badge: "Stopped", count: "0 of 0", tone: "idle", title: "Nothing is running" });
    expect(summarize([], [never(), service()], [server([replica(), replica()])]).counts).toBe("1 of 2 services running, 1 not deployed yet and 1 of 1 server online");
  });
});
