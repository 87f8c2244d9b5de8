import { clsx } from "clsx";
import { TriangleAlert } from "lucide-react";
import { memo } from "react";
import type { LogLine } from "@/api/types";
import { clock, exact } from "@/lib/format";
import { highlight, plain } from "./text";

interface Props {
  line: LogLine;
  words: readonly string[];
  selected: boolean;
  onSelect: (cursor: string, at: string) => void;
}

const streams: Record<string, { label: string; className: string }> = {
  stdout: { label: "out", className: "text-muted" },
  stderr: { label: "err", className: "text-bad" },
  build: { label: "build", className: "text-accent-text" },
  system: { label: "syntra", className: "text-warn" },
};

/** One line: when, from which stream, what. A gap says what is missing. */
export const LogRow = memo(function LogRow({ line, words, selected, onSelect }: Props) {
  if (line.stream === "gap") {
    return (
      <div role="note" className="my-1 flex items-center gap-2 border-y border-dashed border-line-strong bg-warn-soft px-4 py-1 text-warn">
        <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
        <span className="tabular shrink-0">{clock(Date.parse(line.at))}</span>
        <span className="min-w-0 wrap-anywhere">… {line.body || "lines are missing here"}</span>
      </div>
    );
  }
  const stream = streams[line.stream] ?? { label: line.stream, className: "text-muted" };
  return (
    <div className={clsx("flex gap-3 px-4 leading-5 hover:bg-raised", selected && "bg-accent-soft hover:bg-accent-soft")}>
      <button
        type="button"
        title={`${exact(Date.parse(line.at))}${line.replica ? ` · ${line.replica}` : ""} · link to this line`}
        aria-label={`Line of ${clock(Date.parse(line.at))}: link to it`}
        className="tabular shrink-0 self-start text-muted hover:text-text"
        onClick={() => onSelect(line.cursor, line.at)}
      >
        {clock(Date.parse(line.at))}
      </button>
      <span className={clsx("w-11 shrink-0", stream.className)}>{stream.label}</span>
      <span className={clsx("min-w-0 flex-1 break-words whitespace-pre-wrap", line.stream === "system" && "text-muted")}>
        {highlight(plain(line.body), words).map((piece, index) => (piece.hit ? <mark key={index} className="rounded-sm bg-mark text-text">{piece.text}</mark> : piece.text))}
      </span>
    </div>
  );
});
