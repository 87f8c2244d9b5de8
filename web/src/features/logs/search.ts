import type { LogSearch } from "./log-panel";

/** Reads a log's part of an address. */
export function readLogSearch(search: Record<string, unknown>): LogSearch {
  const read: LogSearch = {};
  for (const name of ["q", "stream", "line", "at"] as const) {
    const value = search[name];
    // The router reads digits as a number.
    if (typeof value === "string" || typeof value === "number") read[name] = String(value);
  }
  return read;
}
