import type { LogLine } from "@/api/types";

/** Lines kept in the page; the oldest go first and can be loaded again. */
export const CAPACITY = 20_000;

export interface LogSnapshot {
  lines: readonly LogLine[];
  /** Changes with every change of the lines. */
  version: number;
  /** Lines put before the first one since the start: what a reader's place moves by. */
  prepended: number;
  /** Where older lines go on, or null where there are none. */
  older: string | null;
}

/**
 * The lines of one view, in order: a page from the past, older pages before it, and what arrives after it. A line is
 * taken once, however often a resumed stream repeats it. Readers are told once per moment, not per line.
 */
export class LogBuffer {
  #lines: LogLine[] = [];
  #seen = new Set<string>();
  #snapshot: LogSnapshot = { lines: [], version: 0, prepended: 0, older: null };
  #listeners = new Set<() => void>();
  #scheduled = false;
  readonly #capacity: number;
  readonly #schedule: (run: () => void) => void;

  constructor(capacity = CAPACITY, schedule: (run: () => void) => void = (run) => setTimeout(run, 40)) {
    this.#capacity = capacity;
    this.#schedule = schedule;
  }

  get snapshot(): LogSnapshot {
    return this.#snapshot;
  }

  /** The cursor to go on after. */
  get last(): string | null {
    return this.#lines[this.#lines.length - 1]?.cursor ?? null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  append(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (this.#seen.has(line.cursor)) continue;
      this.#seen.add(line.cursor);
      this.#lines.push(line);
    }
    let { older } = this.#snapshot;
    if (this.#lines.length > this.#capacity) {
      // In one go with some slack, so that a busy log does not move on every line.
      for (const line of this.#lines.splice(0, this.#lines.length - Math.floor(this.#capacity * 0.9))) this.#seen.delete(line.cursor);
      older = this.#lines[0]?.cursor ?? null;
    }
    this.#change({ older });
  }

  prepend(lines: readonly LogLine[], older: string | null): void {
    const fresh = lines.filter((line) => !this.#seen.has(line.cursor));
    for (const line of fresh) this.#seen.add(line.cursor);
    this.#lines = [...fresh, ...this.#lines];
    this.#change({ older, prepended: this.#snapshot.prepended + fresh.length });
  }

  #change(change: Partial<LogSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#snapshot = { ...this.#snapshot, lines: [...this.#lines], version: this.#snapshot.version + 1 };
      for (const listener of this.#listeners) listener();
    });
  }
}
