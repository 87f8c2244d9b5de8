import { describe, expect, it } from "vitest";
import type { Deployment, Step } from "@/api/types";
import { cancellable, plan, readStatus, statusLook, traffic } from "./status";

const at = "2026-01-01T00:00:00Z";
const step = (name: Step["name"], status: Step["status"] = "succeeded"): Step => ({ name, status, started_at: at });
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  id: "dep_1", service_id: "svc_1", service_slug: "web", project_id: "prj_1", project_slug: "shop", server_id: "srv_1",
  kind: "deploy", status: "building", source: {}, steps: [], actor: "user usr_1", requested_at: at, ...change,
});
const statuses = (of: Deployment) => Object.fromEntries(plan(of).map((each) => [each.name, each.status]));

describe("plan", () => {
  it("shows the steps to come beside those that were reached", () => {
    expect(statuses(deployment({ steps: [step("source"), step("build", "running")] }))).toEqual({
      source: "succeeded", build: "running", release: "pending", start: "pending", health: "pending", route: "pending", drain: "pending", verify: "pending",
    });
  });

  it.each(["rollback", "redeploy"] as const)("builds nothing in a %s", (kind) => {
    expect(plan(deployment({ kind })).map((each) => each.name)).toEqual(["start", "health", "route", "drain", "verify"]);
  });

  it("fails the step at which it stood, and reaches no other", () => {
    const failed = deployment({ status: "failed", failed_step: "build", steps: [step("source"), step("build", "running")] });
    expect(statuses(failed)).toMatchObject({ source: "succeeded", build: "failed", release: "skipped", verify: "skipped" });
  });

  it("cancels the step at which it stood", () => {
    const cancelled = deployment({ status: "cancelled", steps: [step("source", "running")] });
    expect(statuses(cancelled)).toMatchObject({ source: "cancelled", build: "skipped" });
  });
});

describe("cancellable", () => {
  it("is so until traffic moves", () => {
    expect(cancellable(deployment())).toBe(true);
    expect(cancellable(deployment({ steps: [step("health", "running")] }))).toBe(true);
    expect(cancellable(deployment({ steps: [step("route", "running")] }))).toBe(false);
    expect(cancellable(deployment({ status: "failed" }))).toBe(false);
  });
});

describe("traffic", () => {
  it("is the old release's until the route step has succeeded", () => {
    expect(traffic(deployment({ steps: [step("route", "running")] }))).toBe(0);
    expect(traffic(deployment({ steps: [step("route")] }))).toBe(100);
    expect(traffic(deployment({ status: "failed", steps: [step("health", "failed")] }))).toBe(0);
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
