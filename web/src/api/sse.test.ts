import { afterEach, describe, expect, it, vi } from "vitest";
import { EventParser, Refused, type ServerEvent, follow } from "./sse";

describe("EventParser", () => {
  it("reads events however the stream is cut", () => {
    const text = 'id: 7\nevent: line\ndata: {"body":"a"}\n\n: alive\n\ndata: one\ndata: two\n\n';
    for (let cut = 1; cut < text.length; cut++) {
      const parser = new EventParser();
      const events = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
      expect(events).toEqual([
        { id: "7", event: "line", data: '{"body":"a"}' },
        { id: "7", event: "message", data: "one\ntwo" },
      ]);
    }
  });

  it.each(["\n", "\r\n", "\r"])("takes %j as the end of a line", (end) => {
    const parser = new EventParser();
    expect(parser.push(`id: 1${end}data: x${end}${end}id: 2`)).toEqual([{ id: "1", event: "message", data: "x" }]);
  });

  it("does not take a CRLF that was cut in half as an empty line", () => {
    const parser = new EventParser();
    expect(parser.push("data: a\r")).toEqual([]);
    expect(parser.push("\ndata: b\r\n\r\n")).toEqual([{ id: "", event: "message", data: "a\nb" }]);
  });

  it("keeps a space after the first one", () => {
    expect(new EventParser().push("data:  x\n\n")[0]?.data).toBe(" x");
  });
});

describe("follow", () => {
  afterEach(() => vi.unstubAllGlobals());

  function streams(...bodies: (string | Response | Error | ((signal: AbortSignal) => Response))[]) {
    const asked: (string | null)[] = [];
    const abort = new AbortController();
    vi.stubGlobal("fetch", (_: string, init: { headers: Record<string, string>; signal: AbortSignal }) => {
      asked.push(init.headers["Last-Event-ID"] ?? null);
      const body = bodies.shift();
      if (body === undefined) {
        abort.abort();
        return Promise.reject(new Error("aborted"));
      }
      if (body instanceof Error) return Promise.reject(body);
      if (typeof body === "function") return Promise.resolve(body(init.signal));
      return Promise.resolve(typeof body === "string" ? new Response(body) : body);
    });
    const events: ServerEvent[] = [];
    const states: string[] = [];
    const run = (last: string | null = null, silence = 60_000) =>
      follow({ silence, url: () => "http://syntra.test/logs", last, onEvent: (event) => events.push(event), onState: (state) => states.push(state), signal: abort.signal, pause: () => 0 });
    return { asked, events, states, run };
  }

  it("goes on after the last event it saw when the stream breaks", async () => {
    const { asked, events, states, run } = streams("id: 1\ndata: a\n\nid: 2\ndata: b\n\n", new TypeError("network"), new Response(null, { status: 503 }), "id: 3\ndata: c\n\n");
    await run();
    expect(asked).toEqual([null, "2", "2", "2", "3"]);
    expect(events.map((event) => event.data)).toEqual(["a", "b", "c"]);
    expect(states).toEqual(["live", "reconnecting", "reconnecting", "reconnecting", "live", "reconnecting"]);
  });

  it("begins after what is there already", async () => {
    const { asked, run } = streams("");
    await run("41");
    expect(asked[0]).toBe("41");
  });

  it("connects anew when a connection falls silent", async () => {
    const silent = (signal: AbortSignal) =>
      new ReadableStream({
        start(to) {
          to.enqueue(new TextEncoder().encode("id: 1\ndata: a\n\n"));
          signal.addEventListener("abort", () => to.error(signal.reason));
        },
      });
    const { asked, events, run } = streams((signal) => new Response(silent(signal)), "id: 2\ndata: b\n\n");
    await run(null, 20);
    expect(events.map((event) => event.data)).toEqual(["a", "b"]);
    expect(asked).toEqual([null, "1", "2"]);
  });

  it("gives up where it is refused", async () => {
    const { asked, run } = streams(new Response("{}", { status: 404 }));
    await expect(run()).rejects.toBeInstanceOf(Refused);
    expect(asked).toHaveLength(1);
  });
});
