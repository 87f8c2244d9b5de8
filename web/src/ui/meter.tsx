import { clsx } from "clsx";
import { percent } from "@/lib/format";

/** How full something is; amber from 80 %, red from 92 %. */
export function Meter({ label, value }: { label: string; value: number }) {
  const tone = value >= 92 ? "bg-bad" : value >= 80 ? "bg-warn" : "bg-accent-text";
  return (
    <span className="inline-flex items-center gap-2">
      <span role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value)} className="block h-1.5 w-16 overflow-hidden rounded-full bg-hover">
        <span className={clsx("block h-full rounded-full", tone)} style={{ width: `${Math.min(100, Math.max(1, value))}%` }} />
      </span>
      <span className="tabular w-9 text-right text-xs text-muted">{percent(value)}</span>
    </span>
  );
}
