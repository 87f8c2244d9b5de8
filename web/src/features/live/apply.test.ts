import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import { position } from "@/api/position";
import type { Page, Server, ServerLive } from "@/api/types";
import type { Sample } from "@/features/servers/samples";
import { Invalidations, applyHeartbeat, touched } from "./apply";

describe("touched", () => {
  it.each([
    ["a server's change", { model: "server", id: "srv_1", event: "server.connected" }, [keys.server("srv_1"), keys.servers]],
    ["a project's change", { model: "project", id: "prj_1", event: "project.renamed" }, [keys.project("prj_1"), keys.projects]],
    ["a step touches its deployment, not the services", { model: "deployment", id: "dep_1", event: "deployment.step_started" }, [keys.deployment("dep_1"), keys.deploymentLists]],
    ["an ending touches the services too", { model: "deployment", id: "dep_1", event: "deployment.succeeded" }, [keys.deployment("dep_1"), keys.deploymentLists, ["services"]]],
    ["a variable's change", { model: "variable", id: "svc_1", event: "secret.changed" }, [["services"], keys.projects, ["projects", "one"]]],
    ["a token's change", { model: "token", id: "usr_1", event: "user.token_issued" }, [keys.tokens]],
    ["a member's change", { model: "member", id: "org_1/usr_1", event: "organization.member_role_changed" }, [keys.members, keys.organizations, keys.me]],
    ["an invitation's change", { model: "invitation", id: "inv_1", event: "organization.invited" }, [keys.invitations]],
    ["what nobody shows", { model: "organization", id: "org_1", event: "organization.created" }, []],
  ])("%s", (_, change, expected) => {
    expect(touched(change)).toEqual(expected);
  });
});

describe("Invalidations", () => {
  beforeEach(() => position.forget());

  it("reads what many changes of one moment touch once, and not older than they are", () => {
    const client = new QueryClient();
    const invalidate = vi.spyOn(client, "invalidateQueries").mockResolvedValue();
    const invalidations = new Invalidations(client, 10_000);
    for (let n = 10; n < 20; n++) invalidations.add({ type: "change", position: String(n), model: "deployment", id: "dep_1", event: "deployment.step_started" });
    expect(invalidate).not.toHaveBeenCalled();
    invalidations.flush();
    expect(invalidate.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([keys.deployment("dep_1"), keys.deploymentLists, keys.activity]);
    expect(position.current).toBe("19");
    invalidations.flush();
    expect(invalidate).toHaveBeenCalledTimes(3);
  });
});

describe("applyHeartbeat", () => {
  const server = (id: string) => ({ id, name: id, state: "online", join_prefix: "", runtimes: [], created_at: "" }) as Server;
  const live = (cpu: number, at = "2026-01-01T00:00:00Z"): ServerLive => ({ at, cpu_percent: cpu, memory: { used: 1, total: 2 }, disk: { used: 1, total: 4 }, network: { received: 0, sent: 0 }, load1: 0, instances: [], problems: [] });

  it("puts it where the server is shown, and leaves the others as they are", () => {
    const client = new QueryClient();
    const other = server("srv_2");
    client.setQueryData<Page<Server>>(keys.servers, { items: [server("srv_1"), other] });
    client.setQueryData<Server>(keys.server("srv_1"), server("srv_1"));
    applyHeartbeat(client, { type: "server", id: "srv_1", live: live(42) });
    expect(client.getQueryData<Server>(keys.server("srv_1"))?.live?.cpu_percent).toBe(42);
    const list = client.getQueryData<Page<Server>>(keys.servers)!;
    expect(list.items[0]?.live?.cpu_percent).toBe(42);
    expect(list.items[1]).toBe(other);
    expect(client.getQueryData<Sample[]>(keys.samples("srv_1"))).toHaveLength(1);
  });

  it("takes the last one away once the server is offline", () => {
    const client = new QueryClient();
    client.setQueryData<Server>(keys.server("srv_1"), server("srv_1"));
    applyHeartbeat(client, { type: "server", id: "srv_1", live: live(42) });
    applyHeartbeat(client, { type: "server", id: "srv_1", live: null });
    expect(client.getQueryData<Server>(keys.server("srv_1"))?.live).toBeUndefined();
    expect(client.getQueryData<Sample[]>(keys.samples("srv_1"))).toHaveLength(1);
  });

  it("lets a page that is to be read again be read again", () => {
    const client = new QueryClient();
    client.setQueryData<Server>(keys.server("srv_1"), server("srv_1"), { updatedAt: 1000 });
    applyHeartbeat(client, { type: "server", id: "srv_1", live: live(42) });
    expect(client.getQueryState(keys.server("srv_1"))).toMatchObject({ isInvalidated: false, dataUpdatedAt: 1000 });
    void client.invalidateQueries({ queryKey: keys.server("srv_1") });
    applyHeartbeat(client, { type: "server", id: "srv_1", live: null });
    expect(client.getQueryState(keys.server("srv_1"))?.isInvalidated).toBe(true);
  });

  it("invents no server that was not read", () => {
    const client = new QueryClient();
    applyHeartbeat(client, { type: "server", id: "srv_9", live: live(1) });
    expect(client.getQueryData(keys.server("srv_9"))).toBeUndefined();
    expect(client.getQueryData(keys.servers)).toBeUndefined();
  });
});
