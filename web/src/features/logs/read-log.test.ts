import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogLine } from "@/api/types";
import { LogBuffer } from "./buffer";
import { type LogSource, read, settlesIn } from "./read-log";

const line = (n: number): LogLine => ({ at: `2026-01-01T00:00:0${n}Z`, stream: "build", body: `line ${n}`, cursor: `c${n}` });
const page = (...items: LogLine[]) => new Response(JSON.stringify({ items }), { headers: { "Content-Type": "application/json" } });
const refusal = (status: number) => new Response(JSON.stringify({ status, detail: `no: ${status}` }), { status, headers: { "Content-Type": "application/problem+json" } });
const events = (...lines: LogLine[]) => new Response(lines.map((each) => `id: ${each.cursor}\nevent: line\ndata: ${JSON.stringify(each)}\n\n`).join(""));

describe("reading a log", () => {
  const answers: (() => Response)[] = [];
  const asked: string[] = [];
  let left: AbortController;

  beforeEach(() => {
    answers.length = asked.length = 0;
    left = new AbortController();
    vi.stubGlobal("Request", class extends Request {
      constructor(url: string, init?: RequestInit) {
        super(new URL(url, "http://syntra.test"), init);
      }
    });
    vi.stubGlobal("fetch", (request: Request | string) => {
      asked.push(typeof request === "string" ? request : request.url.replace("http://syntra.test", ""));
      const answer = answers.shift();
      if (answer) return Promise.resolve().then(answer);
      left.abort();
      return Promise.reject(new TypeError("Failed to fetch"));
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  async function reading(source: Partial<LogSource> = {}, end: () => string | undefined = () => undefined) {
    const buffer = new LogBuffer(100, (run) => run());
    const states: string[] = [];
    const enough = new AbortController();
    const work = read({ source: { of: "deployments", id: "dep_1", ...source }, end, buffer, left: left.signal, enough: enough.signal, set: (state) => states.push(state) });
    await work.catch((error: unknown) => states.push(String(error)));
    return { bodies: buffer.snapshot.lines.map((each) => each.body), states };
  }

  it("shows what is there and goes on after it", async () => {
    answers.push(() => page(line(1), line(2)), () => events(line(2), line(3)));
    const { bodies, states } = await reading();
    expect(bodies).toEqual(["line 1", "line 2", "line 3"]);
    expect(states[0]).toBe("live");
    expect(asked[1]).toBe("/api/v1/deployments/dep_1/logs/stream?tail=5000");
  });

  it("waits for a server that does not answer yet", async () => {
    answers.push(() => {
      throw new TypeError("Failed to fetch");
    }, () => refusal(503), () => page(line(1)));
    const { bodies, states } = await reading({ until: "2026-01-01T00:00:05Z" });
    expect(bodies).toEqual(["line 1"]);
    expect(states).toEqual(["reconnecting", "reconnecting", "past"]);
  });

  it("gives up where it is refused", async () => {
    answers.push(() => refusal(404));
    const { states } = await reading();
    expect(states).toEqual(["Problem: no: 404"]);
  });

  it("leaves out what was written after an end that became known meanwhile", async () => {
    let end: string | undefined;
    answers.push(() => page(line(1)), () => {
      end = line(2).at;
      return events(line(2), line(3));
    });
    const { bodies } = await reading({}, () => end);
    expect(bodies).toEqual(["line 1", "line 2"]);
  });

  it("takes a log for complete only once its last lines had time to come", () => {
    expect(settlesIn(new Date().toISOString())).toBeGreaterThan(10_000);
    expect(settlesIn("2026-01-01T00:00:00Z")).toBe(0);
  });
});
