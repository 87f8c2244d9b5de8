import { Logs as LogsIcon, Pause, Play } from "lucide-react";
import { type ReactNode, useState } from "react";
import { count } from "@/lib/format";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { inputClass } from "@/ui/field";
import { State } from "@/ui/state";
import { LogSearchBox } from "./log-search-box";
import { LogView } from "./log-view";
import { searchedWords } from "./text";
import type { LogSource, LogState } from "./read-log";
import { useLogs } from "./use-logs";

/** What a log's address holds. */
export interface LogSearch { q?: string; stream?: string; line?: string; at?: string }

interface Props {
  label: string;
  source: LogSource;
  search: LogSearch;
  onSearch: (search: LogSearch) => void;
  /** Why there is nothing, and what to do, where no filter is the cause. */
  empty: ReactNode;
  streams: { value: string; label: string }[];
  className?: string;
  aside?: ReactNode;
}

/** A log with its search, its filter, and follow or pause. Its address shows a colleague the same lines. */
export function LogPanel({ label, source, search, onSearch, empty, streams, className, aside }: Props) {
  const [paused, setPaused] = useState(search.line !== undefined);
  // A link to a line opens the log at its time; what came since is one click away.
  const [anchor, setAnchor] = useState(search.line ? search.at : undefined);
  const until = anchor ? new Date(Date.parse(anchor) + 1000).toISOString() : source.until;
  const logs = useLogs({ ...source, until, q: search.q, stream: search.stream ?? source.stream });
  const past = until !== undefined || logs.state === "past";
  const follow = !paused && !past;
  const filtered = Boolean(search.q ?? search.stream);
  return (
    <section aria-label={label} className={className ?? "flex h-[calc(100dvh-260px)] min-h-96 flex-col overflow-hidden rounded-lg border border-line bg-surface"}>
      <header className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <LogSearchBox q={search.q ?? ""} onSubmit={(q) => onSearch({ ...search, ...blank, q: q || undefined })} />
        <select aria-label="Stream" className={`${inputClass} w-36! cursor-pointer`} value={search.stream ?? ""} onChange={(event) => onSearch({ ...search, ...blank, stream: event.target.value || undefined })}>
          <option value="">All streams</option>
          {streams.map((stream) => <option key={stream.value} value={stream.value}>{stream.label}</option>)}
        </select>
        {aside}
        <span className="ml-auto flex items-center gap-3 text-xs">
          {logs.state !== "loading" && <span className="tabular text-muted">{count(logs.snapshot.lines.length, "line")}</span>}
          {follow && logs.snapshot.behind > LATE_MILLIS && <State tone="warn" label={`${Math.round(logs.snapshot.behind / 1000)} s behind`} />}
          <LogStateMark state={logs.state} paused={paused} />
          {anchor && (
            <Button
              size="sm"
              onClick={() => {
                setAnchor(undefined);
                setPaused(false);
                onSearch({ ...search, ...blank });
              }}
            >
              Go to the newest
            </Button>
          )}
          {!past && (
            <Button size="sm" onClick={() => setPaused(!paused)}>
              {paused ? <><Play aria-hidden />Follow</> : <><Pause aria-hidden />Pause</>}
            </Button>
          )}
        </span>
      </header>
      <LogView
        label={label}
        className="min-h-0 flex-1"
        logs={logs}
        follow={follow}
        onFollow={(on) => setPaused(!on)}
        words={searchedWords(search.q ?? "")}
        selected={search.line}
        onSelect={(line, at) => {
          setPaused(true);
          onSearch({ ...search, line, at });
        }}
        empty={
          filtered ? (
            <Empty icon={LogsIcon} title="No results" action={<Button onClick={() => onSearch({})}>Clear the filter</Button>}>
              {logs.state === "live" ? "New lines that match appear here." : "Nothing in this log fits the search and the stream chosen."}
            </Empty>
          ) : <Empty icon={LogsIcon} title="No lines yet">{empty}</Empty>
        }
      />
    </section>
  );
}

/** Lines come from agents in batches, about a second late: from here on it is worth saying. */
const LATE_MILLIS = 4000;

const blank = { line: undefined, at: undefined };

function LogStateMark({ state, paused }: { state: LogState; paused: boolean }) {
  if (state === "live") return paused ? <State tone="idle" label="Paused" /> : <State tone="ok" label="Following" />;
  if (state === "reconnecting") return <State tone="warn" label="Reconnecting" />;
  return null;
}
