import { duration, exact, relative } from "@/lib/format";
import { useNow } from "@/lib/now";

/** How long ago something was; the exact time on hover. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow(5000);
  const millis = Date.parse(at);
  return (
    <time dateTime={at} title={exact(millis)} className={className ?? "tabular whitespace-nowrap"}>
      {relative(millis, Math.max(now, millis))}
    </time>
  );
}

/** How soon something will be; the exact time on hover. */
export function Due({ at }: { at: string }) {
  const now = useNow(5000);
  const millis = Date.parse(at);
  return <time dateTime={at} title={exact(millis)} className="tabular whitespace-nowrap">{relative(millis, now)}</time>;
}

/** How long something took, counting while it goes on. */
export function Took({ from, to }: { from: string; to?: string | undefined }) {
  return to ? <span className="tabular whitespace-nowrap">{duration(Date.parse(to) - Date.parse(from))}</span> : <Counting from={from} />;
}

function Counting({ from }: { from: string }) {
  const now = useNow(250);
  // A server's clock may be ahead of the browser's.
  return <span className="tabular whitespace-nowrap">{duration(Math.max(0, now - Date.parse(from)))}</span>;
}
