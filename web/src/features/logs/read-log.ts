import { BASE, client, ok } from "@/api/client";
import { Problem, problemOf } from "@/api/problem";
import { Refused, type ServerEvent, backoff, follow, sleep } from "@/api/sse";
import type { LogLine } from "@/api/types";
import type { LogBuffer } from "./buffer";

/** Which lines: of a service or a deployment, filtered. */
export interface LogSource {
  of: "services" | "deployments";
  id: string;
  q?: string | undefined;
  stream?: string | undefined;
  release?: string | undefined;
  since?: string | undefined;
  /** Only the past up to here: then nothing is followed. */
  until?: string | undefined;
  /** Nothing belongs to this log after here, which may become known while it is followed. */
  ends?: string | undefined;
}

export type LogState = "loading" | "live" | "reconnecting" | "past" | "failed";

/** How long lines may still come that were written before an end, in milliseconds: agents send them in batches. */
const SETTLING = 15_000;

/** In how many milliseconds a log that ends there is complete. */
export const settlesIn = (ends: string): number => Math.max(0, Date.parse(ends) + SETTLING - Date.now());

const PAGE = 500;

function queryOf({ q, stream, release, since, until, ends }: LogSource) {
  const before = until ?? ends;
  return { ...(q ? { q } : {}), ...(stream ? { stream } : {}), ...(release ? { release } : {}), ...(since ? { since } : {}), ...(before ? { until: before } : {}) };
}

/** The newest lines of a log, or those before a cursor. */
export async function readPage(source: LogSource, signal?: AbortSignal, cursor?: string) {
  const query = { ...queryOf(source), limit: PAGE, ...(cursor ? { cursor } : {}) } as { q?: string; limit: number };
  const params = { path: { id: source.id }, query };
  const init = { params, ...(signal ? { signal } : {}) };
  return source.of === "services" ? ok(client.GET("/services/{id}/logs", init)) : ok(client.GET("/deployments/{id}/logs", init));
}

interface Reading {
  source: LogSource;
  /** The end of the log, once it is known. */
  end: () => string | undefined;
  buffer: LogBuffer;
  /** Aborted when nobody looks any more. */
  left: AbortSignal;
  /** Aborted when no further line is to be expected. */
  enough: AbortSignal;
  set: (state: LogState, error?: unknown) => void;
}

/** Fills the buffer: the newest lines, then each new one. Waits for a server that does not answer; throws its refusals. */
export async function read({ source, end, buffer, left, enough, set }: Reading): Promise<void> {
  const bounded = { ...source, ends: end() };
  const { items, next_cursor } = await firstPage(bounded, left, set);
  buffer.prepend(items, next_cursor ?? null);
  if (!source.until) {
    const query = new URLSearchParams({ ...queryOf(bounded), tail: "5000" });
    const url = () => `${BASE}/${source.of}/${source.id}/logs/stream?${query.toString()}`;
    const onEvent = ({ event, data }: ServerEvent) => {
      if (event === "problem") set("reconnecting", problemOf(JSON.parse(data), new Response(null, { status: 503 })));
      else take(buffer, JSON.parse(data) as LogLine, end());
    };
    try {
      await follow({ url, last: buffer.last, onEvent, onState: set, signal: AbortSignal.any([left, enough]) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw problemOf(await error.response.json().catch(() => null), error.response);
    }
  }
  set("past");
}

function take(buffer: LogBuffer, line: LogLine, end: string | undefined) {
  if (!end || Date.parse(line.at) <= Date.parse(end)) buffer.append([line]);
}

/** The page that all begins with is worth waiting for: without it, a moment without a network would leave no log at all. */
async function firstPage(source: LogSource, left: AbortSignal, set: Reading["set"]) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await readPage(source, left);
    } catch (error) {
      if (left.aborted || !(error instanceof Problem) || !error.temporary) throw error;
      set("reconnecting", error);
      await sleep(backoff(attempt), left);
    }
  }
}
