/** One server-sent event. */
export interface ServerEvent { event: string; data: string; id: string }

/** Cuts a text stream into server-sent events (the WHATWG grammar: any line ending, comments, several data lines). */
export class EventParser {
  #buffer = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  push(chunk: string): ServerEvent[] {
    this.#buffer += chunk;
    const events: ServerEvent[] = [];
    for (;;) {
      const match = /\r\n|\n|\r/.exec(this.#buffer);
      // A lone CR at the end may be the first half of CRLF.
      if (!match || (match[0] === "\r" && match.index === this.#buffer.length - 1)) return events;
      const line = this.#buffer.slice(0, match.index);
      this.#buffer = this.#buffer.slice(match.index + match[0].length);
      const event = this.#line(line);
      if (event) events.push(event);
    }
  }

  #line(line: string): ServerEvent | null {
    if (line === "") {
      const event = this.#data.length > 0 ? { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id } : null;
      this.#event = "";
      this.#data = [];
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id") this.#id = value;
    return null;
  }
}

export interface FollowOptions {
  url: (last: string | null) => string;
  last: string | null;
  onEvent: (event: ServerEvent) => void;
  onState: (state: "live" | "reconnecting") => void;
  signal: AbortSignal;
  /** Milliseconds before attempt n; replaced in tests. */
  pause?: (attempt: number) => number;
  /** Milliseconds of silence after which a connection counts as dead; replaced in tests. */
  silence?: number;
}

/** Milliseconds to wait before attempt n. */
export const backoff = (attempt: number): number => Math.min(500 * 2 ** attempt, 10_000);

/** The server says every 15 s that it is there: a connection that is silent for longer broke without a word. */
const SILENCE_MILLIS = 40_000;

/**
 * Follows an event stream until the signal ends it, going on after the last seen id after each break.
 * Throws the Response where the server refuses for good (4xx).
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { url, onEvent, onState, signal, pause = backoff, silence = SILENCE_MILLIS } = options;
  let last = options.last;
  const ended = () => signal.aborted;
  for (let attempt = 0; !ended(); attempt++) {
    const connection = new Connection(signal, silence);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (last) headers["Last-Event-ID"] = last;
      const response = await fetch(url(last), { headers, signal: connection.signal });
      if (response.status >= 400 && response.status < 500 && response.status !== 429) throw new Refused(response);
      if (!response.ok || !response.body) throw new Error(`log stream: status ${response.status}`);
      onState("live");
      const parser = new EventParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        connection.heard();
        for (const event of parser.push(value)) {
          attempt = 0;
          if (event.id) last = event.id;
          onEvent(event);
        }
      }
    } catch (error) {
      if (ended()) return;
      if (error instanceof Refused) throw error;
    } finally {
      connection.end();
    }
    if (ended()) return;
    onState("reconnecting");
    await sleep(pause(attempt), signal);
  }
}

/** One attempt's life: it ends with the follower, or when nothing is heard for too long. */
class Connection {
  readonly #own = new AbortController();
  readonly #silence: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal: AbortSignal;

  constructor(follower: AbortSignal, silence: number) {
    this.#silence = silence;
    this.signal = AbortSignal.any([follower, this.#own.signal]);
    this.heard();
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#own.abort(), this.#silence);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The server will not stream this, however often asked. */
export class Refused extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super(`the server refused the stream: ${response.status}`);
    this.response = response;
  }
}

export function sleep(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, millis);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
