import type { LogLine } from "@/api/types";

/** Lines kept in the page; the oldest go first and can be loaded again. */
export const CAPACITY = 20_000;

/** How often a page is painted anew, in milliseconds: ten times a second is as fast as anybody follows. */
export const PAINT_MILLIS = 100;

/** Lines that one painting adds at most. Of more the newest are taken, and a row says how many are left out. */
export const PER_PAINT = 5000;

/** Waits for the next painting; longer where the last one was slow, so that a slow page stays usable in between. */
function paintLater(run: () => void): void {
  setTimeout(() => {
    const begun = performance.now();
    run();
    // What the lines cost to lay out and to draw is only known at the next frame.
    requestAnimationFrame(() => (pause = Math.min(Math.max(PAINT_MILLIS, 3 * (performance.now() - begun)), 1000)));
  }, pause);
}
let pause = PAINT_MILLIS;

/** From so many lines a painting on, the log is a busy one. */
const MANY = 50;

export interface LogSnapshot {
  lines: readonly LogLine[];
  /** Changes with every change of the lines. */
  version: number;
  /** Lines put before the first one since the start: what a reader's place moves by. */
  prepended: number;
  /** Where older lines go on, or null where there are none. */
  older: string | null;
  /** How old the newest line was when it was painted, in milliseconds; 0 while little arrives. */
  behind: number;
}

/**
 * The lines of one view, in order: a page from the past, older pages before it, and what arrives after it. A line is
 * taken once, however often a resumed stream repeats it. Readers are told once per painting, not per line, and a flood
 * that no painting can hold is cut where everybody sees it, so that what is shown is never late.
 */
export class LogBuffer {
  #lines: LogLine[] = [];
  #arrived: LogLine[] = [];
  #leftOut = 0;
  #seen = new Set<string>();
  #snapshot: LogSnapshot = { lines: [], version: 0, prepended: 0, older: null, behind: 0 };
  #listeners = new Set<() => void>();
  #scheduled = false;
  readonly #capacity: number;
  readonly #schedule: (run: () => void) => void;

  constructor(capacity = CAPACITY, schedule: (run: () => void) => void = paintLater) {
    this.#capacity = capacity;
    this.#schedule = schedule;
  }

  get snapshot(): LogSnapshot {
    return this.#snapshot;
  }

  /** The cursor to go on after. */
  get last(): string | null {
    return (this.#arrived[this.#arrived.length - 1] ?? this.#lines[this.#lines.length - 1])?.cursor ?? null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  append(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (this.#seen.has(line.cursor)) continue;
      this.#seen.add(line.cursor);
      this.#arrived.push(line);
    }
    // With some slack, so that a flood does not move all of them on every line.
    if (this.#arrived.length > 2 * PER_PAINT) this.#leaveOut();
    this.#paintSoon();
  }

  prepend(lines: readonly LogLine[], older: string | null): void {
    const fresh = lines.filter((line) => !this.#seen.has(line.cursor));
    for (const line of fresh) this.#seen.add(line.cursor);
    this.#lines = [...fresh, ...this.#lines];
    this.#snapshot = { ...this.#snapshot, older, prepended: this.#snapshot.prepended + fresh.length };
    this.#paintSoon();
  }

  /** Lets the oldest of what has arrived go, but a cut that the server made itself. */
  #leaveOut(): void {
    const gone = this.#arrived.splice(0, Math.max(0, this.#arrived.length - PER_PAINT));
    const cuts = gone.filter((line) => line.stream === "gap");
    for (const line of gone) this.#seen.delete(line.cursor);
    this.#leftOut += gone.length - cuts.length;
    this.#arrived.unshift(...cuts);
  }

  #take(): void {
    this.#leaveOut();
    const arrived = this.#arrived;
    const [first] = arrived;
    if (first && this.#leftOut > 0) this.#lines.push({ at: first.at, stream: "gap", cursor: `left out before ${first.cursor}`, body: `${this.#leftOut.toLocaleString("en")} lines not shown` });
    this.#lines.push(...arrived);
    this.#arrived = [];
    this.#leftOut = 0;
    const newest = arrived.length >= MANY ? arrived[arrived.length - 1] : undefined;
    this.#snapshot.behind = newest ? Math.max(0, Date.now() - Date.parse(newest.at)) : 0;
    if (arrived.length === 0 || this.#lines.length <= this.#capacity) return;
    // In one go with some slack, so that a busy log does not move on every line.
    for (const line of this.#lines.splice(0, this.#lines.length - Math.floor(this.#capacity * 0.9))) this.#seen.delete(line.cursor);
    this.#snapshot.older = this.#lines.find((line) => line.stream !== "gap")?.cursor ?? null;
  }

  #paintSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#snapshot = { ...this.#snapshot, version: this.#snapshot.version + 1 };
      this.#take();
      this.#snapshot.lines = [...this.#lines];
      for (const listener of this.#listeners) listener();
    });
  }
}
