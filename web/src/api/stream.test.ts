import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveStream, SILENCE_MILLIS, type Socket } from "./stream";

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  readonly position: string | null;
  constructor(position: string | null) {
    this.position = position;
  }
  close() {
    this.closed = true;
  }
  tell(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const change = (position: string) => ({ type: "change", position, model: "service", id: "svc_1", event: "service.created" });

function setUp(online = true) {
  const sockets: FakeSocket[] = [];
  const frames: unknown[] = [];
  const onReset = vi.fn();
  const onRefused = vi.fn();
  const stream = new LiveStream({
    open: (position) => {
      const socket = new FakeSocket(position);
      sockets.push(socket);
      return socket;
    },
    onFrame: (frame) => frames.push(frame),
    onReset,
    onRefused,
    online: () => online,
  });
  stream.start();
  const latest = () => sockets[sockets.length - 1]!;
  return { stream, sockets, frames, onReset, onRefused, latest };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("resuming", () => {
  it("asks after a break for what came after the last change it saw", () => {
    const { latest, sockets, onReset } = setUp();
    latest().onopen?.();
    latest().tell(change("12"));
    latest().tell(change("13"));
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    expect(sockets.map((socket) => socket.position)).toEqual([null, "13"]);
    latest().onopen?.();
    expect(onReset).not.toHaveBeenCalled();
  });

  it("resumes from where the stream began even when nothing has changed yet", () => {
    const { latest, sockets } = setUp();
    latest().onopen?.();
    latest().tell({ type: "hello", position: "40" });
    latest().onclose?.({ code: 1001 });
    vi.advanceTimersByTime(1000);
    expect(sockets[1]!.position).toBe("40");
  });

  it("has everything read anew when the server says that too much was missed", () => {
    const { latest, sockets, onReset } = setUp();
    latest().onopen?.();
    latest().tell({ type: "hello", position: "40" });
    latest().tell({ type: "reset", position: "9000" });
    expect(onReset).toHaveBeenCalledOnce();
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    expect(sockets[1]!.position).toBe("9000");
  });

  it("has everything read anew when it comes back without knowing from where", () => {
    const { latest, onReset } = setUp();
    latest().onopen?.();
    expect(onReset).not.toHaveBeenCalled();
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    latest().onopen?.();
    expect(onReset).toHaveBeenCalledOnce();
  });

  it("passes changes and heartbeats on, and nothing it does not know", () => {
    const { latest, frames } = setUp();
    latest().onopen?.();
    const beat = { type: "server", id: "srv_1", live: {} };
    for (const frame of [change("3"), beat, { type: "ping" }, { type: "from the future" }]) latest().tell(frame);
    latest().onmessage?.({ data: "not JSON" });
    expect(frames).toEqual([change("3"), beat]);
  });
});

describe("what it says of itself", () => {
  it("is live, then reconnecting with the time it was live last, then offline when it stays away", () => {
    const { stream, latest } = setUp();
    const told = vi.fn();
    stream.subscribe(told);
    expect(stream.status.state).toBe("connecting");
    latest().onopen?.();
    expect(stream.status.state).toBe("live");
    vi.advanceTimersByTime(5000);
    latest().tell({ type: "ping" });
    const fresh = Date.now();
    latest().onclose?.({ code: 1006 });
    expect(stream.status).toEqual({ state: "reconnecting", freshAt: fresh });
    for (let i = 0; i < 8; i++) {
      vi.advanceTimersByTime(8000);
      latest().onclose?.({ code: 1006 });
    }
    expect(stream.status).toEqual({ state: "offline", freshAt: fresh });
    expect(told).toHaveBeenCalledTimes(3);
  });

  it("is offline at once where the browser has no network, and wakes when it is back", () => {
    const { stream, latest, sockets } = setUp(false);
    latest().onclose?.({ code: 1006 });
    expect(stream.status.state).toBe("offline");
    stream.wake();
    expect(sockets).toHaveLength(2);
  });

  it("takes a socket that has gone silent for dead", () => {
    const { stream, latest, sockets } = setUp();
    latest().onopen?.();
    vi.advanceTimersByTime(SILENCE_MILLIS - 1);
    latest().tell({ type: "ping" });
    vi.advanceTimersByTime(SILENCE_MILLIS - 1);
    expect(stream.status.state).toBe("live");
    vi.advanceTimersByTime(1);
    expect(sockets[0]!.closed).toBe(true);
    expect(stream.status.state).toBe("reconnecting");
  });

  it("waits longer after each failure, but never long", () => {
    const { latest, sockets } = setUp();
    const pauses: number[] = [];
    for (let i = 0; i < 7; i++) {
      latest().onclose?.({ code: 1006 });
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        vi.advanceTimersByTime(100);
        waited += 100;
      }
      pauses.push(waited);
    }
    expect(pauses).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000]);
  });

  it("says when the login may listen no more", () => {
    const { latest, onRefused } = setUp();
    latest().onopen?.();
    latest().onclose?.({ code: 1008 });
    expect(onRefused).toHaveBeenCalledOnce();
  });

  it("has the login looked at when it cannot connect time and again", () => {
    const { latest, onRefused } = setUp();
    for (let i = 0; i < 5; i++) {
      latest().onclose?.({ code: 1006 });
      expect(onRefused).toHaveBeenCalledTimes(i < 2 ? 0 : 1);
      vi.advanceTimersByTime(8000);
    }
  });

  it("stays away once stopped", () => {
    const { stream, latest, sockets } = setUp();
    latest().onopen?.();
    stream.stop();
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]!.closed).toBe(true);
  });
});
