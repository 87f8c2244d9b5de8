import { describe, expect, it } from "vitest";
import type { Deployment, Step } from "@/api/types";
import { cancellable, plan, readStatus, statusLook, traffic } from "./status";

const at = "2026-01-01T00:00:00Z";
const step = (id: string, index: number, change: Partial<Step> = {}): Step => ({
  id, kind: id.replace(/-\d+$/, "") as Step["kind"], index, status: "succeeded", started_at: at, ...change,
});
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  id: "dep_1", service_id: "svc_1", service_slug: "web", project_id: "prj_1", project_slug: "shop",
  kind: "deploy", status: "building", point: "cancellable", strategy: { kind: "blue_green" },
  source: {}, steps: [], actor: "user usr_1", requested_at: at, ...change,
});
const inStages = [
  step("watch-1", 2, { status: "running" }), step("shift-1", 1, { evidence: { weight: "5" } }), step("start", 0),
  step("shift-2", 3, { status: "pending" }), step("watch-2", 4, { status: "pending" }), step("drain", 5, { status: "pending" }),
];

describe("plan", () => {
  it("shows the steps that the deployment names, in its order", () => {
    expect(plan(deployment({ steps: inStages })).map((each) => [each.id, each.status])).toEqual([
      ["start", "succeeded"], ["shift-1", "succeeded"], ["watch-1", "running"],
      ["shift-2", "pending"], ["watch-2", "pending"], ["drain", "pending"],
    ]);
    expect(plan(deployment())).toEqual([]);
  });

  it("numbers the steps of a kind that comes more than once", () => {
    expect(plan(deployment({ steps: inStages })).map((each) => each.title)).toEqual([
      "Start replicas", "Shift traffic 1 of 2", "Watch 1 of 2", "Shift traffic 2 of 2", "Watch 2 of 2", "Drain old release",
    ]);
  });

  it("shows a step of a kind that it does not know", () => {
    expect(plan(deployment({ steps: [step("polish", 0)] }))[0]).toMatchObject({ id: "polish", title: "polish", about: "" });
  });
});

describe("cancellable", () => {
  it("is so until traffic moves, whatever the steps are called", () => {
    expect(cancellable(deployment({ steps: inStages }))).toBe(true);
    expect(cancellable(deployment({ point: "abortable" }))).toBe(false);
    expect(cancellable(deployment({ point: "settled" }))).toBe(false);
    expect(cancellable(deployment({ status: "failed" }))).toBe(false);
  });
});

describe("traffic", () => {
  it("is the old release's until a shift has succeeded", () => {
    const moving = step("shift", 0, { status: "running" });
    expect(traffic(deployment({ point: "abortable", steps: [moving] }))).toBe(0);
    expect(traffic(deployment({ point: "settled", steps: [step("shift", 0)] }))).toBe(100);
    expect(traffic(deployment({ status: "failed", steps: [step("health", 0, { status: "failed" })] }))).toBe(0);
  });

  it("is the share of the last shift that succeeded", () => {
    expect(traffic(deployment({ point: "abortable", steps: inStages }))).toBe(5);
  });
});

it("a deployment that waits says so while it goes on, and its end when it has ended", () => {
  expect(statusLook("queued", "server fra-1 is offline").label).toBe("Waiting");
  expect(statusLook("failed", "server fra-1 is offline").label).toBe("Failed");
});

it("takes only a status that there is out of an address", () => {
  expect(readStatus("failed")).toEqual({ status: "failed" });
  expect(readStatus("nonsense")).toEqual({});
});
