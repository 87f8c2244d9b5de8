import { describe, expect, it } from "vitest";
import type { Instance, Server, Service } from "@/api/types";
import { countLive, replicaGroups } from "./replica-groups";

const instance = (name: string, release: string, service = "svc_1", state = "running") => ({ name, state, labels: { service, release } }) as Instance;
const server = (id: string, instances?: Instance[]) => ({ id, name: id, live: instances ? { instances } : undefined }) as Server;
const service: Pick<Service, "id" | "placement" | "live"> = {
  id: "svc_1",
  placement: [{ kind: "server", id: "srv_2" }, { kind: "server", id: "srv_1" }, { kind: "server", id: "srv_3" }],
  live: { id: "rel_2", number: 2, commit: {}, digest: "", since: "2026-01-01T00:00:00Z" },
};

describe("replicaGroups", () => {
  const groups = replicaGroups(service, [
    server("srv_1", [instance("warm", "rel_1"), instance("one", "rel_2"), instance("dead", "rel_2", "svc_1", "exited")]),
    server("srv_2", [instance("another's", "rel_9", "svc_2"), instance("two", "rel_2")]),
    server("srv_3"),
    server("srv_4", [instance("left over", "rel_2")]),
  ]);

  it("follows the placement, with the live release first", () => {
    expect(groups.map((group) => [group.server.id, group.instances?.map((each) => each.name)])).toEqual([
      ["srv_2", ["two"]],
      ["srv_1", ["one", "dead", "warm"]],
      ["srv_3", undefined],
    ]);
  });

  it("counts what runs of the live release", () => {
    expect(groups.map((group) => countLive(service, group.instances ?? []))).toEqual([1, 1, 0]);
  });
});
