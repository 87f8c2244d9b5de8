import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Problem, messageOf } from "@/api/problem";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { LogRow } from "./log-row";
import type { Logs } from "./use-logs";

const LOST = new Problem({ status: 0, detail: "The connection to Syntra broke." });

interface Props {
  logs: Logs;
  follow: boolean;
  onFollow: (follow: boolean) => void;
  words: readonly string[];
  selected: string | undefined;
  onSelect: (cursor: string, at: string) => void;
  empty: ReactNode;
  className?: string;
  label: string;
}

/** Log lines, only those in sight in the document; keeps to the end while following, and to its place while not. */
export function LogView({ logs, follow, onFollow, words, selected, onSelect, empty, className, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { lines, version, prepended, older } = logs.snapshot;
  const [loading, setLoading] = useState(false);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 20,
    getItemKey: (index) => lines[index]?.cursor ?? index,
    overscan: 8,
  });

  const height = virtualizer.getTotalSize();
  useLayoutEffect(() => {
    // Set at once and not by scrollToIndex, which looks again at each frame whether it has arrived: a flood pays for that.
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, version, height]);

  const before = useRef(0);
  useLayoutEffect(() => {
    const moved = prepended - before.current;
    // The first page is no move: there was no place to keep.
    if (moved > 0 && before.current > 0 && !follow) virtualizer.scrollToIndex(moved, { align: "start" });
    before.current = prepended;
  }, [version, prepended, follow, virtualizer]);

  const found = selected ? lines.findIndex((line) => line.cursor === selected) : -1;
  const shownOnce = useRef("");
  useEffect(() => {
    if (found < 0 || !selected || shownOnce.current === selected) return;
    shownOnce.current = selected;
    virtualizer.scrollToIndex(found, { align: "center" });
  }, [found, selected, virtualizer]);

  function onScroll() {
    const element = box.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (follow && distance > 60) onFollow(false);
  }
  async function loadOlder() {
    setLoading(true);
    await logs.loadOlder().catch((error: unknown) => toast("bad", "Older lines could not be loaded", messageOf(error)));
    setLoading(false);
  }

  if (logs.state === "failed") return <div className="p-4"><Failure title="The log could not be read" error={logs.error} onRetry={logs.retry} /></div>;
  if (logs.state === "loading" && lines.length === 0) return <div className="p-4"><SkeletonLines lines={8} label="Loading log" /></div>;
  // Only a search that finished may say that it found nothing.
  if (lines.length === 0 && logs.state === "reconnecting") return <div className="p-4"><Failure title="The log cannot be read at the moment" error={logs.error ?? LOST} onRetry={logs.retry} /></div>;
  if (lines.length === 0) return <>{empty}</>;
  return (
    <div className={className} style={{ position: "relative" }}>
      {/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- a scrolling region takes the focus to be scrolled by keys, and notices that it was */}
      <div ref={box} role="log" aria-label={label} aria-live="off" tabIndex={0} className="h-full overflow-auto py-2 font-mono text-xs focus-visible:-outline-offset-2" onWheel={onScroll} onTouchMove={onScroll} onKeyUp={onScroll} onPointerUp={onScroll}>
        {older && (
          <div className="px-4 pb-2"><Button size="sm" busy={loading} onClick={() => void loadOlder()}>Load older lines</Button></div>
        )}
        <div style={{ height, position: "relative" }}>
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            return (
              <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${item.start}px)` }}>
                <LogRow line={line} words={words} selected={line.cursor === selected} onSelect={onSelect} />
              </div>
            );
          })}
        </div>
      </div>
      {!follow && logs.state !== "past" && (
        <Button size="sm" variant="primary" className="absolute right-5 bottom-4" onClick={() => onFollow(true)}><ArrowDown aria-hidden />Follow</Button>
      )}
    </div>
  );
}
