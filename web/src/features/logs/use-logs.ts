import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { LogBuffer, type LogSnapshot } from "./buffer";
import { type LogSource, type LogState, read, readPage, settlesIn } from "./read-log";

export interface Logs {
  snapshot: LogSnapshot;
  state: LogState;
  error: unknown;
  retry: () => void;
  loadOlder: () => Promise<void>;
}

/** The page's newest lines, then each new one as it comes; resumes after a break. */
export function useLogs(source: LogSource): Logs {
  const { ends, ...view } = source;
  const key = JSON.stringify(view);
  const [attempt, setAttempt] = useState(0);
  // A new view has a new buffer; lines of the one before must not show in it.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const buffer = useMemo(() => new LogBuffer(), [key, attempt]);
  const [status, setStatus] = useState<{ buffer: LogBuffer; state: LogState; error: unknown }>({ buffer, state: "loading", error: null });
  const snapshot = useSyncExternalStore(buffer.subscribe, () => buffer.snapshot);

  // An end that becomes known is no new view: what was followed so far stays on the page.
  const end = useRef(ends);
  const following = useRef(new AbortController());
  useEffect(() => {
    end.current = ends;
  }, [ends]);

  useEffect(() => {
    const left = new AbortController();
    const enough = new AbortController();
    following.current = enough;
    const set = (state: LogState, error: unknown = null) => {
      if (!left.signal.aborted) setStatus({ buffer, state, error });
    };
    const reading = { source: JSON.parse(key) as LogSource, end: () => end.current, buffer, left: left.signal, enough: enough.signal, set };
    read(reading).catch((error: unknown) => set("failed", error));
    return () => left.abort();
  }, [key, buffer]);

  useEffect(() => {
    if (!ends) return;
    const timer = setTimeout(() => following.current.abort(), settlesIn(ends));
    return () => clearTimeout(timer);
  }, [ends, buffer]);

  const current = status.buffer === buffer ? status : { state: "loading" as const, error: null };
  return {
    snapshot,
    state: current.state,
    error: current.error,
    retry: () => setAttempt((n) => n + 1),
    loadOlder: async () => {
      if (!buffer.snapshot.older) return;
      const { items, next_cursor } = await readPage(source, undefined, buffer.snapshot.older);
      buffer.prepend(items, next_cursor ?? null);
    },
  };
}
