import { isAfter } from "./position";
import type { ServerLive } from "./types";

/** Something changed at a position of the log; the model and id say what to read again. */
export interface Change { type: "change"; position: string; model: string; id: string; event: string }
/** A heartbeat of a server; null once it is offline. */
export interface ServerFrame { type: "server"; id: string; live: ServerLive | null }
/** hello: where the stream starts; reset: too much was missed, everything has to be read anew. */
interface Notice { type: "hello" | "reset" | "ping"; position?: string }
export type Frame = Change | ServerFrame | Notice;

export type StreamState = "connecting" | "live" | "reconnecting" | "offline";

export interface StreamStatus {
  state: StreamState;
  /** When the page last knew that it shows the present, in milliseconds of the epoch. */
  freshAt: number;
}

export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  close(): void;
}

export interface LiveStreamOptions {
  /** Opens a socket that tells all changes after the position, or from now on where it is null. */
  open: (position: string | null) => Socket;
  onFrame: (frame: Change | ServerFrame) => void;
  /** The stream starts anew without knowing what was missed: read everything again. */
  onReset: () => void;
  /** The server lets this login listen no more, or may not: find out. */
  onRefused?: () => void;
  online?: () => boolean;
  now?: () => number;
}

/** The close code after the session has ended. */
const POLICY_VIOLATION = 1008;

/** Silence after which a socket counts as dead: the server pings every 15 s. */
export const SILENCE_MILLIS = 40_000;

/** The one WebSocket of the page: reconnects, resumes by position, and says how fresh the page is. */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #listeners = new Set<() => void>();
  #socket: Socket | null = null;
  #status: StreamStatus = { state: "connecting", freshAt: 0 };
  #position: string | null = null;
  #attempt = 0;
  #everOpen = false;
  #stopped = true;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#set("connecting");
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#drop();
    this.#position = null;
    this.#everOpen = false;
  }

  /** Tries at once instead of waiting for the next turn, as when the network is back. */
  wake = (): void => {
    if (this.#stopped || this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  };

  get status(): StreamStatus {
    return this.#status;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #connect(): void {
    const resumed = this.#position;
    const socket = this.#options.open(resumed);
    this.#socket = socket;
    this.#watch();
    socket.onopen = () => {
      // Without a position to resume from, changes may have been missed while nobody listened.
      if (resumed === null && this.#everOpen) this.#options.onReset();
      this.#everOpen = true;
      this.#attempt = 0;
      this.#set("live");
    };
    socket.onmessage = ({ data }) => {
      this.#watch();
      this.#receive(data);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#drop();
      if (code === POLICY_VIOLATION) this.#options.onRefused?.();
      this.#later();
    };
  }

  #receive(data: unknown): void {
    const frame = parse(data);
    if (!frame) return;
    this.#set("live");
    if ("position" in frame && frame.position && isAfter(frame.position, this.#position)) this.#position = frame.position;
    if (frame.type === "reset") this.#options.onReset();
    else if (frame.type === "change" || frame.type === "server") this.#options.onFrame(frame);
  }

  #later(): void {
    if (this.#stopped) return;
    const online = this.#options.online?.() ?? true;
    this.#set(online && this.#attempt < 6 ? "reconnecting" : "offline");
    // A handshake that is refused looks like any other failure to a page: ask another way whether the session holds.
    if (this.#attempt === 2) this.#options.onRefused?.();
    const pause = Math.min(400 * 2 ** this.#attempt++, 8_000);
    this.#retry = setTimeout(() => this.#connect(), pause);
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#drop();
      this.#later();
    }, SILENCE_MILLIS);
  }

  #drop(): void {
    clearTimeout(this.#watchdog);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #set(state: StreamState): void {
    const freshAt = state === "live" ? (this.#options.now ?? Date.now)() : this.#status.freshAt;
    const changed = state !== this.#status.state;
    this.#status = changed ? { state, freshAt } : this.#status;
    // While live the age is not shown: moving it on must not render the page.
    this.#status.freshAt = freshAt;
    if (changed) for (const listener of this.#listeners) listener();
  }
}

function parse(data: unknown): Frame | null {
  try {
    const frame = JSON.parse(String(data)) as { type?: unknown };
    return ["change", "server", "hello", "reset", "ping"].includes(String(frame.type)) ? (frame as Frame) : null;
  } catch {
    return null;
  }
}
