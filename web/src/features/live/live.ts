import { useSyncExternalStore } from "react";
import { BASE } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import { LiveStream, type Socket, type StreamStatus } from "@/api/stream";
import { Invalidations, applyHeartbeat } from "./apply";

const invalidations = new Invalidations(queryClient);

function open(position: string | null): Socket {
  const url = new URL(`${BASE}/stream`, window.location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (position) url.searchParams.set("position", position);
  return new WebSocket(url) as Socket;
}

/** The page's one live connection. */
export const live = new LiveStream({
  open,
  online: () => navigator.onLine,
  onReset: () => void queryClient.invalidateQueries(),
  // Asking who one is tells whether the session has ended, and leads to the login then.
  onRefused: () => void queryClient.invalidateQueries({ queryKey: keys.me }),
  onFrame: (frame) => {
    if (frame.type === "server") applyHeartbeat(queryClient, frame);
    else invalidations.add(frame);
  },
});

window.addEventListener("online", live.wake);

export function useLive(): StreamStatus {
  return useSyncExternalStore(live.subscribe, () => live.status);
}
