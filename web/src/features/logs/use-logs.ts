import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { BASE, client, ok } from "@/api/client";
import { Problem, problemOf } from "@/api/problem";
import { Refused, type ServerEvent, follow } from "@/api/sse";
import type { LogLine } from "@/api/types";
import { LogBuffer, type LogSnapshot } from "./buffer";

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
}

export type LogState = "loading" | "live" | "reconnecting" | "past" | "failed";

export interface Logs {
  snapshot: LogSnapshot;
  state: LogState;
  error: unknown;
  retry: () => void;
  loadOlder: () => Promise<void>;
}

const PAGE = 500;

function queryOf({ q, stream, release, since, until }: LogSource) {
  return { ...(q ? { q } : {}), ...(stream ? { stream } : {}), ...(release ? { release } : {}), ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

async function page(source: LogSource, signal: AbortSignal | undefined, cursor?: string) {
  const query = { ...queryOf(source), limit: PAGE, ...(cursor ? { cursor } : {}) } as { q?: string; limit: number };
  const params = { path: { id: source.id }, query };
  const init = { params, ...(signal ? { signal } : {}) };
  return source.of === "services" ? ok(client.GET("/services/{id}/logs", init)) : ok(client.GET("/deployments/{id}/logs", init));
}

/** The page's newest lines, then each new one as it comes; resumes after a break. */
export function useLogs(source: LogSource): Logs {
  const key = JSON.stringify(source);
  const [attempt, setAttempt] = useState(0);
  // A new view has a new buffer; lines of the one before must not show in it.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const buffer = useMemo(() => new LogBuffer(), [key, attempt]);
  const [status, setStatus] = useState<{ buffer: LogBuffer; state: LogState; error: unknown }>({ buffer, state: "loading", error: null });
  const snapshot = useSyncExternalStore(buffer.subscribe, () => buffer.snapshot);

  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const set = (state: LogState, error: unknown = null) => {
      if (!signal.aborted) setStatus({ buffer, state, error });
    };
    run(JSON.parse(key) as LogSource, buffer, signal, set).catch((error: unknown) => set("failed", error));
    return () => abort.abort();
  }, [key, buffer]);

  const current = status.buffer === buffer ? status : { state: "loading" as const, error: null };
  return {
    snapshot,
    state: current.state,
    error: current.error,
    retry: () => setAttempt((n) => n + 1),
    loadOlder: async () => {
      if (!buffer.snapshot.older) return;
      const { items, next_cursor } = await page(source, undefined, buffer.snapshot.older);
      buffer.prepend(items, next_cursor ?? null);
    },
  };
}

async function run(source: LogSource, buffer: LogBuffer, signal: AbortSignal, set: (state: LogState, error?: unknown) => void) {
  const { items, next_cursor } = await page(source, signal);
  buffer.prepend(items, next_cursor ?? null);
  if (source.until) {
    set("past");
    return;
  }
  const query = new URLSearchParams({ ...queryOf(source), tail: "5000" });
  let problem: Problem | null = null;
  const onEvent = ({ event, data }: ServerEvent) => {
    if (event === "problem") problem = problemOf(JSON.parse(data), new Response(null, { status: 503 }));
    else buffer.append([JSON.parse(data) as LogLine]);
    if (problem) set("reconnecting", problem);
  };
  try {
    await follow({ url: () => `${BASE}/${source.of}/${source.id}/logs/stream?${query.toString()}`, last: buffer.last, onEvent, onState: set, signal });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw problemOf(await error.response.json().catch(() => null), error.response);
  }
}
