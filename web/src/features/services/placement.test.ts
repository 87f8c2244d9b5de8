import { describe, expect, it } from "vitest";
import { changesOf, choicesOf, isPlacedOn, replicasOf, replicasOn, sameTargets, targetsOf, unreachable } from "./placement";

const service = { replicas: 2, placement: [{ kind: "server" as const, id: "srv_2" }, { kind: "server" as const, id: "srv_1", replicas: 3 }] };

describe("placement", () => {
  it("counts the replicas of all servers together", () => {
    expect(replicasOf(service)).toBe(5);
    expect([isPlacedOn(service, "srv_1"), isPlacedOn(service, "srv_3")]).toEqual([true, false]);
  });

  it("knows how many replicas a server is to have", () => {
    expect(["srv_1", "srv_2", "srv_3"].map((id) => replicasOn({ ...service, state: "running" }, id))).toEqual([3, 2, 0]);
    expect(replicasOn({ ...service, state: "stopped" }, "srv_1")).toBe(0);
  });

  it("tells which servers a change comes to and leaves", () => {
    expect(changesOf(service, [{ id: "srv_1" }, { id: "srv_3" }])).toEqual({ joins: ["srv_3"], leaves: ["srv_2"] });
  });

  it("names the servers that the others could not reach", () => {
    const servers = [{ id: "srv_1", name: "fra-1", peer_address: "10.0.0.1:7743" }, { id: "srv_2", name: "ams-1" }];
    expect(unreachable(servers, [{ id: "srv_1" }, { id: "srv_2" }])).toEqual(["ams-1"]);
    expect(unreachable(servers, [{ id: "srv_2" }])).toEqual([]);
  });

  it("keeps the order of the servers that stay, and adds the new ones behind them", () => {
    const choices = { ...choicesOf(service), srv_1: { chosen: true }, srv_3: { chosen: true, replicas: 1 }, srv_4: { chosen: false } };
    expect(targetsOf(service, choices)).toEqual([{ id: "srv_2" }, { id: "srv_1" }, { id: "srv_3", replicas: 1 }]);
  });

  it("knows whether anything was changed", () => {
    expect(sameTargets(targetsOf(service, choicesOf(service)), service.placement)).toBe(true);
    expect(sameTargets([{ id: "srv_2" }], service.placement)).toBe(false);
    expect(sameTargets([{ id: "srv_2" }, { id: "srv_1" }], service.placement)).toBe(false);
  });
});
