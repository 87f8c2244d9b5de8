import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "@/api/query";
import type { Release, Service } from "@/api/types";
import { expectAccessible, platform, show } from "@/lib/testing";
import { RollbackChoice } from "./rollback-choice";

const at = "2026-01-01T00:00:00Z";
const service = { id: "svc_1", slug: "web", live: { id: "rel_4", number: 4, commit: {}, digest: "", since: at }, warm: [] } as unknown as Service;
const release = (number: number, change: Partial<Release> = {}): Release => ({
  id: `rel_${number}`, service_id: "svc_1", deployment_id: `dep_${number}`, number, commit: {}, env_version: 1, config_version: 1, state: "retired",
  artifact: { runtime: "docker", digest: `sha256:${number}`, size_bytes: 1, port: 80 }, created_at: at, activated_at: at, ...change,
});

function offer(releases: Release[], failed: string[] = []) {
  const sent = platform({
    "GET /services/svc_1/releases": { items: releases },
    "GET /deployments": { items: failed.map((id) => ({ id, status: "failed" })) },
    "POST /services/svc_1/rollback": { id: "dep_9" },
  });
  show(<RollbackChoice service={service} onStarted={vi.fn()} onCancel={vi.fn()} />);
  return sent;
}

beforeEach(() => queryClient.clear());
afterEach(cleanup);

describe("RollbackChoice", () => {
  it("offers only releases that had traffic: the others did not pass their gate", async () => {
    const never = release(5, { state: "new" });
    delete never.activated_at;
    offer([never, release(4, { state: "live" }), release(3), release(2)]);
    const choices = await screen.findAllByRole("radio");
    expect(choices.map((each) => each.getAttribute("aria-label"))).toEqual(["Release #3", "Release #2"]);
    await expectAccessible();
  });

  it("marks one whose deployment failed, and chooses another first", async () => {
    offer([release(4, { state: "live" }), release(3), release(2)], ["dep_3"]);
    await screen.findByText("Its deployment failed");
    expect(screen.getByRole("button", { name: "Roll back to #2" })).toBeTruthy();
  });

  it("says so where no other release ever had traffic", async () => {
    const never = release(5, { state: "new" });
    delete never.activated_at;
    offer([never, release(4, { state: "live" })]);
    expect(await screen.findByText(/No other release has had traffic yet/)).toBeTruthy();
    expect(screen.queryByRole("radio")).toBeNull();
  });
});
