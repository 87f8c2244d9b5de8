const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** Bytes in powers of 1024 with three significant digits: "1.46 GB". */
export function bytes(value: number): string {
  if (!Number.isFinite(value) || value <= 0) return "0 B";
  const exponent = Math.min(Math.floor(Math.log2(value) / 10), UNITS.length - 1);
  const scaled = value / 1024 ** exponent;
  const digits = exponent === 0 || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${UNITS[exponent] ?? "PB"}`;
}

/** Bytes per second. */
export function rate(value: number): string {
  return `${bytes(value)}/s`;
}

/** A share of a whole, 0 to 100, as "42%"; below ten with one digit. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)}%`;
}

/** A length of time in milliseconds: "820ms", "4.2s", "1m 03s", "2h 05m". */
export function duration(millis: number): string {
  if (!Number.isFinite(millis) || millis < 0) return "–";
  if (millis < 1000) return `${Math.round(millis)}ms`;
  const seconds = millis / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const pad = (n: number) => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** How long ago (or how soon), for a person at a glance: "just now", "12s ago", "3h ago", "in 5d". */
export function relative(at: number, now: number): string {
  const millis = now - at;
  const size = Math.abs(millis);
  if (size < 5_000) return "just now";
  const text = span(size);
  return millis < 0 ? `in ${text}` : `${text} ago`;
}

function span(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  if (seconds < 86_400 * 30) return `${Math.floor(seconds / 86_400)}d`;
  if (seconds < 86_400 * 365) return `${Math.floor(seconds / (86_400 * 30))}mo`;
  return `${Math.floor(seconds / (86_400 * 365))}y`;
}

/** The exact moment in the reader's zone, with the zone. */
export function exact(at: number): string {
  return new Date(at).toLocaleString("en-GB", {
    weekday: "short", day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
}

/** Time of day with milliseconds, for log lines. */
export function clock(at: number): string {
  const d = new Date(at);
  const pad = (n: number, width = 2) => String(n).padStart(width, "0");
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}.${pad(d.getMilliseconds(), 3)}`;
}

/** A content digest or commit in short: "sha256:9f2c…" becomes "9f2c1ab04d3e". */
export function short(digest: string, length = 12): string {
  return digest.replace(/^sha256:/, "").slice(0, length);
}

/** "1 service", "3 services". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** "a", "a and b", "a, b and c". */
export function sentence(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1] ?? ""}`;
}

/** A machine word for a person: "port_closed" becomes "Port closed". */
export function words(value: string): string {
  const spaced = value.replaceAll(/[_-]/g, " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
