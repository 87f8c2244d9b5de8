import { describe, expect, it } from "vitest";
import { choicesOf, isPlacedOn, replicasOf, sameTargets, targetsOf } from "./placement";

const service = { replicas: 2, placement: [{ kind: "server" as const, id: "srv_2" }, { kind: "server" as const, id: "srv_1", replicas: 3 }] };

describe("placement", () => {
  it("counts the replicas of all servers together", () => {
    expect(replicasOf(service)).toBe(5);
    expect([isPlacedOn(service, "srv_1"), isPlacedOn(service, "srv_3")]).toEqual([true, false]);
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
