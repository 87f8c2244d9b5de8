import { clsx } from "clsx";
import { relative } from "@/lib/format";
import { useNow } from "@/lib/now";
import { useLive } from "./live";

/** Whether what is shown is the present, and how old it is where it is not. */
export function LiveDot() {
  const { state, freshAt } = useLive();
  const now = useNow(1000);
  const age = freshAt > 0 ? ` · as of ${relative(freshAt, now)}` : "";
  const { text, dot } = {
    live: { text: "Live", dot: "bg-ok" },
    connecting: { text: "Connecting", dot: "bg-idle animate-pulse-soft" },
    reconnecting: { text: `Reconnecting${age}`, dot: "bg-warn animate-pulse-soft" },
    offline: { text: `Offline${age}`, dot: "bg-bad" },
  }[state];
  return (
    <span
      data-testid="live"
      data-state={state}
      title={state === "live" ? "Changes appear here as they happen." : "Showing what was known last. It catches up by itself."}
      className="tabular flex items-center gap-1.5 text-xs whitespace-nowrap text-muted"
    >
      <span aria-hidden className={clsx("size-1.5 rounded-full", dot)} />
      {text}
    </span>
  );
}
