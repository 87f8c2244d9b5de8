import { describe, expect, it, vi } from "vitest";
import type { LogLine } from "@/api/types";
import { LogBuffer, PER_PAINT } from "./buffer";

const line = (n: number, stream: LogLine["stream"] = "stdout"): LogLine => ({ at: new Date(n * 1000).toISOString(), stream, body: `line ${n}`, cursor: String(n) });
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i));

function setUp(capacity?: number) {
  const due: (() => void)[] = [];
  const buffer = new LogBuffer(capacity, (run) => due.push(run));
  const settle = () => due.splice(0).forEach((run) => run());
  const cursors = () => buffer.snapshot.lines.map((each) => each.cursor);
  return { buffer, settle, cursors };
}

describe("LogBuffer", () => {
  it("shows a page from the past and then what arrives", () => {
    const { buffer, settle, cursors } = setUp();
    buffer.prepend(lines(3, 4), "3");
    buffer.append([line(5)]);
    settle();
    expect(cursors()).toEqual(["3", "4", "5"]);
    expect(buffer.last).toBe("5");
    expect(buffer.snapshot.older).toBe("3");
  });

  it("takes a line once that a resumed stream repeats", () => {
    const { buffer, settle, cursors } = setUp();
    buffer.append(lines(1, 3));
    buffer.append(lines(2, 5));
    settle();
    expect(cursors()).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("keeps a gap as a row in its place", () => {
    const { buffer, settle } = setUp();
    buffer.append([line(1), line(2, "gap"), line(3)]);
    settle();
    expect(buffer.snapshot.lines.map((each) => each.stream)).toEqual(["stdout", "gap", "stdout"]);
  });

  it("puts older pages before, without the lines it has, and counts by how many the place moved", () => {
    const { buffer, settle, cursors } = setUp();
    buffer.prepend(lines(5, 6), "5");
    buffer.prepend(lines(3, 5), null);
    settle();
    expect(cursors()).toEqual(["3", "4", "5", "6"]);
    expect(buffer.snapshot.prepended).toBe(4);
    expect(buffer.snapshot.older).toBeNull();
  });

  it("lets the oldest go over its capacity, from where they can be loaded again", () => {
    const { buffer, settle, cursors } = setUp(10);
    buffer.append(lines(1, 11));
    settle();
    expect(cursors()).toEqual(["3", "4", "5", "6", "7", "8", "9", "10", "11"]);
    expect(buffer.snapshot.older).toBe("3");
    buffer.prepend(lines(1, 2), null);
    settle();
    expect(cursors().slice(0, 3)).toEqual(["1", "2", "3"]);
  });

  it("leaves the oldest of a flood out, says how many, and shows the newest at once", () => {
    const { buffer, settle } = setUp();
    buffer.append([line(1)]);
    settle();
    for (let n = 2; n <= PER_PAINT + 1201; n++) buffer.append([line(n)]);
    settle();
    const { lines: shown } = buffer.snapshot;
    expect(shown).toHaveLength(1 + 1 + PER_PAINT);
    expect(shown[1]).toMatchObject({ stream: "gap", body: "1,200 lines not shown" });
    expect(shown[shown.length - 1]?.cursor).toBe(String(PER_PAINT + 1201));
  });

  it("never leaves out a gap that the server told of", () => {
    const { buffer, settle } = setUp();
    buffer.append([line(1, "gap"), ...lines(2, PER_PAINT + 101)]);
    settle();
    expect(buffer.snapshot.lines.filter((each) => each.stream === "gap").map((each) => each.body)).toEqual(["100 lines not shown", "line 1"]);
  });

  it("says how far behind a busy log is", () => {
    const { buffer, settle } = setUp();
    const at = new Date(Date.now() - 17_000).toISOString();
    buffer.append(lines(1, 200).map((each) => ({ ...each, at })));
    settle();
    expect(buffer.snapshot.behind).toBeGreaterThanOrEqual(17_000);
    buffer.append([line(201)]);
    settle();
    expect(buffer.snapshot.behind, "one line now and then is not late").toBe(0);
  });

  it("tells its readers once for many lines, and gives them another list", () => {
    const { buffer, settle } = setUp();
    const told = vi.fn();
    buffer.subscribe(told);
    const before = buffer.snapshot;
    for (let n = 1; n <= 500; n++) buffer.append([line(n)]);
    settle();
    expect(told).toHaveBeenCalledOnce();
    expect(buffer.snapshot).not.toBe(before);
    expect(buffer.snapshot.lines).toHaveLength(500);
  });
});
