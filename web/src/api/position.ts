/** The response header that tells where in the log a write went; sent on reads so that they wait for it. */
export const POSITION_HEADER = "Syntra-Position";

/** Whether position a is after b. Positions are decimal numbers, too long for a double; anything else never counts. */
export function isAfter(a: string, b: string | null): boolean {
  if (!/^\d+$/.test(a)) return false;
  return b === null || BigInt(a) > BigInt(b);
}

/** Remembers the highest log position this page has caused or seen: what makes it read its own writes. */
export class Position {
  #highest: string | null = null;

  get current(): string | null {
    return this.#highest;
  }

  remember(position: string | null | undefined): void {
    if (position && isAfter(position, this.#highest)) this.#highest = position;
  }

  /** For another login, possibly on another log. */
  forget(): void {
    this.#highest = null;
  }
}

export const position = new Position();
