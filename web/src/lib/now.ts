import { useSyncExternalStore } from "react";

/** A clock that moves while someone looks at it. */
class Clock {
  now = Date.now();
  readonly #pace: number;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(pace: number) {
    this.#pace = pace;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(this.#tick, this.#pace);
    if (Date.now() - this.now > this.#pace) queueMicrotask(this.#tick);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  read = (): number => this.now;

  #tick = (): void => {
    this.now = Date.now();
    for (const listener of this.#listeners) listener();
  };
}

/** Shared by everything that shows an age, so that a page has one timer per pace. */
const clocks = new Map<number, Clock>();

function clockOf(pace: number): Clock {
  let clock = clocks.get(pace);
  if (!clock) clocks.set(pace, (clock = new Clock(pace)));
  return clock;
}

/** The present in milliseconds, moving on every `pace` milliseconds. */
export function useNow(pace = 1000): number {
  const clock = clockOf(pace);
  return useSyncExternalStore(clock.subscribe, clock.read);
}
