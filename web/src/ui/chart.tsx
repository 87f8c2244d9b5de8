import { type PointerEvent, useId, useState } from "react";

export interface Series { label: string; values: number[]; className: string; dashed?: boolean }

interface Props {
  /** Moments of the values, in milliseconds. */
  times: number[];
  series: Series[];
  /** The value at the top; the highest of the series where absent. */
  max?: number;
  /** The width of the time axis in milliseconds; the newest moment is at the right. */
  span: number;
  format: (value: number) => string;
  label: string;
  height?: number;
}

const WIDTH = 300;

/** A small live chart: lines over a moving window of time, with the values under the pointer. */
export function Chart({ times, series, max, span, format, label, height = 72 }: Props) {
  const gradient = useId();
  const [hover, setHover] = useState<number | null>(null);
  const end = times[times.length - 1] ?? 0;
  const top = max ?? Math.max(1, ...series.flatMap((s) => s.values)) * 1.15;
  const x = (at: number) => WIDTH - ((end - at) / span) * WIDTH;
  const y = (value: number) => height - 1 - (Math.min(value, top) / top) * (height - 4);
  const line = (values: number[]) => values.map((v, i) => `${i === 0 ? "M" : "L"}${x(times[i] ?? 0).toFixed(1)},${y(v).toFixed(1)}`).join("");
  const at = hover ?? times.length - 1;
  const summary = series.map((s) => `${s.label} ${format(s.values[at] ?? 0)}`).join(", ");

  function onMove(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect();
    const moment = end - (1 - (event.clientX - box.left) / box.width) * span;
    let nearest = 0;
    times.forEach((t, i) => {
      if (Math.abs(t - moment) < Math.abs((times[nearest] ?? 0) - moment)) nearest = i;
    });
    setHover(nearest);
  }

  return (
    <svg
      role="img"
      aria-label={`${label}: ${summary}`}
      viewBox={`0 0 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      className="block w-full overflow-visible"
      style={{ height }}
      onPointerMove={onMove}
      onPointerLeave={() => setHover(null)}
    >
      <defs>
        <linearGradient id={gradient} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" stopColor="currentColor" stopOpacity="0.28" />
          <stop offset="1" stopColor="currentColor" stopOpacity="0" />
        </linearGradient>
      </defs>
      <line x1="0" x2={WIDTH} y1={height - 0.5} y2={height - 0.5} className="stroke-line" vectorEffect="non-scaling-stroke" />
      {times.length > 1 && series.map((s, i) => (
        <g key={s.label} className={s.className}>
          {i === 0 && <path d={`${line(s.values)}L${WIDTH},${height}L${x(times[0] ?? 0)},${height}Z`} fill={`url(#${gradient})`} />}
          <path d={line(s.values)} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" vectorEffect="non-scaling-stroke" strokeDasharray={s.dashed ? "3 3" : undefined} />
        </g>
      ))}
      {hover !== null && times[hover] !== undefined && (
        <line x1={x(times[hover])} x2={x(times[hover])} y1="0" y2={height} className="stroke-faint" vectorEffect="non-scaling-stroke" />
      )}
      <title>{hover !== null && times[hover] !== undefined ? `${new Date(times[hover]).toLocaleTimeString("en-GB")}: ${summary}` : summary}</title>
    </svg>
  );
}

/** A line without axes, for a table's cell. */
export function Sparkline({ values, max, label, className }: { values: number[]; max?: number; label: string; className?: string }) {
  const top = max ?? Math.max(1, ...values);
  const step = 72 / Math.max(1, values.length - 1);
  const points = values.map((v, i) => `${(i * step).toFixed(1)},${(17 - (Math.min(v, top) / top) * 15).toFixed(1)}`).join(" ");
  return (
    <svg role="img" aria-label={label} viewBox="0 0 72 18" className={className ?? "h-[18px] w-18 text-accent-text"}>
      {values.length > 1 && <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.25" strokeLinejoin="round" vectorEffect="non-scaling-stroke" />}
    </svg>
  );
}
