import { type QueryClient, useQuery } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import type { ServerLive } from "@/api/types";

/** What is charted of one heartbeat. */
export interface Sample {
  at: number;
  cpu: number;
  memory: number;
  disk: number;
  load: number;
  /** Bytes per second since the sample before. */
  received: number;
  sent: number;
  /** The counters themselves, for the next rate. */
  counted: { received: number; sent: number };
}

/** The window of the charts, in milliseconds. */
export const WINDOW = 5 * 60_000;

const share = (gauge: { used: number; total: number }): number => (gauge.total > 0 ? (gauge.used / gauge.total) * 100 : 0);

/** Appends a heartbeat, once; drops what has left the window. Counters that went back (a reboot) count as no traffic. */
export function withSample(samples: readonly Sample[], live: ServerLive): Sample[] {
  const at = Date.parse(live.at);
  const last = samples[samples.length - 1];
  if (last && at <= last.at) return [...samples];
  const { received, sent } = live.network;
  const seconds = last ? (at - last.at) / 1000 : 0;
  const rate = (now: number, before: number | undefined) => (before === undefined || seconds <= 0 ? 0 : Math.max(0, now - before) / seconds);
  const sample: Sample = {
    at,
    cpu: live.cpu_percent,
    memory: share(live.memory),
    disk: share(live.disk),
    load: live.load1,
    received: rate(received, last?.counted.received),
    sent: rate(sent, last?.counted.sent),
    counted: { received, sent },
  };
  return [...samples.filter((each) => each.at > at - WINDOW), sample];
}

export function addSample(client: QueryClient, id: string, live: ServerLive): void {
  client.setQueryData<Sample[]>(keys.samples(id), (samples) => withSample(samples ?? [], live));
}

/** A server's samples since this page was opened. */
export function useSamples(id: string): Sample[] {
  const { data } = useQuery<Sample[]>({ queryKey: keys.samples(id), queryFn: () => [], enabled: false, gcTime: Infinity, initialData: [] });
  return data;
}
