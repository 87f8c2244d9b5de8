import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryClient } from "@/api/query";
import type { Deployment } from "@/api/types";
import { platform, show } from "@/lib/testing";
import { TrafficBar } from "./traffic-bar";

const at = (minute: number) => `2026-01-01T00:0${minute}:00Z`;
const ref = (number: number) => ({ id: `rel_${number}`, number, commit: {}, digest: "", since: at(number) });
const released = (number: number) => ({ ...ref(number), activated_at: at(number) });
const deployment = (change: Partial<Deployment> = {}): Deployment => ({
  id: "dep_1", service_id: "svc_1", service_slug: "web", project_id: "prj_1", project_slug: "shop", kind: "deploy", status: "succeeded", point: "settled",
  strategy: { kind: "blue_green" }, source: {}, actor: "user usr_1", requested_at: at(1), release: ref(1),
  steps: [{ id: "drain", kind: "drain", index: 0, status: "succeeded", started_at: at(1) }], ...change,
});

async function bar(shown: Deployment, live: object | undefined, releases: object[]): Promise<string | null> {
  platform({ "GET /services/svc_1": { id: "svc_1", ...(live ? { live } : {}) }, "GET /services/svc_1/releases": { items: releases } });
  show(<TrafficBar deployment={shown} />);
  return (await screen.findByRole("img")).getAttribute("aria-label");
}

beforeEach(() => queryClient.clear());
afterEach(cleanup);

describe("TrafficBar", () => {
  it("names no old release where there was none", async () => {
    expect(await bar(deployment(), ref(1), [released(1)])).toBe("Traffic: #1 100%");
  });

  it("names no old release before the first one is live either", async () => {
    const first = deployment({ status: "building", point: "cancellable", steps: [] });
    expect(await bar(first, undefined, [ref(1)])).toBe("Traffic: #1 0%");
  });

  it("says which release gives the traffic away", async () => {
    const second = deployment({ status: "deploying", point: "cancellable", release: ref(2), steps: [] });
    expect(await bar(second, ref(1), [ref(2), released(1)])).toBe("Traffic: #1 100%, #2 0%");
  });

  it("says which release gave it away, once that is past", async () => {
    expect(await bar(deployment({ release: ref(3) }), ref(3), [released(3), ref(2), released(1)])).toBe("Traffic: #1 0%, #3 100%");
  });
});
