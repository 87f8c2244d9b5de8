import { describe, expect, it } from "vitest";
import type { ServerLive } from "@/api/types";
import { type Sample, WINDOW, withSample } from "./samples";

const start = Date.parse("2026-01-01T00:00:00Z");
const beat = (second: number, received: number, cpu = 10): ServerLive => ({
  at: new Date(start + second * 1000).toISOString(),
  cpu_percent: cpu,
  memory: { used: 1, total: 4 },
  disk: { used: 3, total: 4 },
  network: { received, sent: received / 2 },
  load1: 1,
  instances: [],
  problems: [],
});
const all = (beats: ServerLive[]) => beats.reduce<Sample[]>(withSample, []);

describe("withSample", () => {
  it("makes shares of gauges and rates of counters", () => {
    const [first, second] = all([beat(0, 1000), beat(10, 6000)]);
    expect(first).toMatchObject({ memory: 25, disk: 75, received: 0, sent: 0 });
    expect(second).toMatchObject({ received: 500, sent: 250 });
  });

  it("counts counters that went back, as after a reboot, as no traffic", () => {
    expect(all([beat(0, 9000), beat(5, 100)])[1]?.received).toBe(0);
  });

  it("takes a heartbeat once, and none from the past", () => {
    expect(all([beat(0, 0), beat(5, 0), beat(5, 0), beat(3, 0)]).map((s) => s.at - start)).toEqual([0, 5000]);
  });

  it("drops what has left the window", () => {
    const beats = Array.from({ length: 200 }, (_, i) => beat(i * 5, i));
    const samples = all(beats);
    expect(samples[samples.length - 1]!.at - samples[0]!.at).toBeLessThan(WINDOW);
    expect(samples).toHaveLength(WINDOW / 5000);
  });

  it("bears a gauge without capacity", () => {
    expect(withSample([], { ...beat(0, 0), memory: { used: 0, total: 0 } })[0]?.memory).toBe(0);
  });
});
