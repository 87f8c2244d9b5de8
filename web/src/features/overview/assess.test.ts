import { describe, expect, it } from "vitest";
import type { Server, ServerLive, Service } from "@/api/types";
import { assess } from "./assess";

const at = "2026-01-01T00:00:00Z";
const live = { id: "rel_4", number: 4, commit: {}, digest: "", since: at };
const service = (change: Partial<Service> = {}): Service => ({
  id: "svc_1", project_id: "prj_1", project_slug: "shop", placement: [{ kind: "server", id: "srv_1" }], slug: "web", name: "web", state: "running", url: "", host: "",
  replicas: 1, config: { source: {}, build: {}, run: {}, health: {}, rollout: {} }, config_version: 1, env_version: 1, auto_deploy_frozen: false, live, traffic: [], warm: [], created_at: at, ...change,
});
const server = (change: Partial<Server> = {}): Server => ({ id: "srv_1", name: "fra-1", state: "online", join_prefix: "", runtimes: [], created_at: at, ...change });
const beat = (change: Partial<ServerLive> = {}): ServerLive => ({ at, cpu_percent: 1, memory: { used: 1, total: 2 }, disk: { used: 1, total: 10 }, network: { received: 0, sent: 0 }, load1: 0, instances: [], problems: [], ...change });
const well = {
  name: "web-1", labels: { org: "", project: "", service: "svc_1", release: "rel_4", deployment: "", replica: 1 },
  digest: "", state: "running" as const, address: "", started_at: at, exit_code: 0, restarts: 0,
};

describe("assess", () => {
  it("finds nothing where all is well", () => {
    expect(assess([service()], [server({ live: beat({ instances: [well] }) }), server({ id: "srv_2", state: "pending" })])).toEqual([]);
    const frozen = service({ auto_deploy_frozen: true });
    expect(assess([frozen], [server({ live: beat({ instances: [well] }) })]), "nothing is automatic without a repository").toEqual([]);
  });

  it("finds replicas that are not there", () => {
    expect(assess([service()], [server({ live: beat() })])).toMatchObject([{ tone: "bad", subject: "shop/web", text: "runs 0 of 1 replica." }]);
    expect(assess([service()], [server()])).toMatchObject([{ tone: "warn", text: "has an unknown state: the agent of fra-1 tells nothing." }]);
  });

  it("puts the worst first and leads to where it can be mended", () => {
    const failed = { id: "dep_9", kind: "deploy" as const, status: "failed" as const, at };
    const findings = assess(
      [service({ auto_deploy_frozen: true, config: { ...service().config, source: { kind: "git" } } }), service({ id: "svc_2", slug: "api", deployment: failed })],
      [server({ state: "offline", reason: "no heartbeat" })],
    );
    expect(findings.map((each) => [each.tone, each.subject])).toEqual([["bad", "fra-1"], ["bad", "shop/api"], ["warn", "shop/web"]]);
    expect(findings[0]?.text).toContain("no heartbeat");
    expect(findings[1]).toMatchObject({ text: "The newest deployment failed; release #4 still serves.", link: { params: { deploymentId: "dep_9" } } });
  });

  it("sees a full disk and a replica of the live release that does not run", () => {
    const labels = { org: "", project: "", service: "svc_1", release: "rel_4", deployment: "", replica: 1 };
    const instance = { name: "web-1", labels, digest: "", state: "exited" as const, address: "", started_at: at, exit_code: 137, oom_killed: true, restarts: 3 };
    const warm = { ...instance, name: "web-0", labels: { ...labels, release: "rel_3" } };
    const findings = assess([service()], [server({ live: beat({ disk: { used: 95, total: 100 }, instances: [instance, warm] }) })]);
    expect(findings.map((each) => each.text)).toEqual(["has a replica that ran out of memory.", "has 5% of its disk left."]);
    const ailing = { ...instance, state: "running" as const, ailing: "GET /up: 503, 3 times in a row" };
    expect(assess([service()], [server({ live: beat({ instances: [ailing] }) })])).toMatchObject([
      { tone: "warn", text: "has a replica that is not well and gets no requests: GET /up: 503, 3 times in a row." },
    ]);
  });

  it("passes on what an agent says is wrong", () => {
    const problem = "/data/specs/x could not be read and was set aside";
    const findings = assess([], [server({ live: beat({ problems: [problem] }) })]);
    expect(findings).toMatchObject([{ tone: "warn", text: `reports a problem: ${problem}`, link: { to: "/servers/$serverId" } }]);
  });
});
