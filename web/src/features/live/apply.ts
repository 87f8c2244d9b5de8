import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { position } from "@/api/position";
import type { Change, ServerFrame } from "@/api/stream";
import type { Page, Server } from "@/api/types";
import { addSample } from "@/features/servers/samples";

/** What to read again after a change, the most exact first. */
export function touched({ model, id, event }: Pick<Change, "model" | "id" | "event">): QueryKey[] {
  const what = model === "" ? (event.split(".")[0] ?? "") : model;
  switch (what.replace(/s$/, "")) {
    case "server":
      return [keys.server(id), keys.servers];
    case "project":
      return [keys.project(id), keys.projects];
    case "service":
    case "release":
    case "variable":
    case "environment":
    case "secret":
    case "operation":
      return [["services"], keys.projects, ["projects", "one"]];
    case "deployment":
      // Steps move one deployment only; its begin and end show on its service as well.
      return /step_|waiting/.test(event) ? [keys.deployment(id), keys.deploymentLists] : [keys.deployment(id), keys.deploymentLists, ["services"]];
    case "approval":
      return [["approvals"]];
    case "webhook":
      return [keys.webhooks];
    case "member":
      return [keys.members, keys.organizations, keys.me];
    case "invitation":
      return [keys.invitations];
    case "token":
    case "user":
      return [keys.tokens];
    case "activitie":
    case "activity":
      return [keys.activity];
    default:
      return [];
  }
}

/** Gathers changes of one moment and reads what they touched once. */
export class Invalidations {
  readonly #client: QueryClient;
  readonly #pause: number;
  #waiting = new Map<string, QueryKey>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient, pauseMillis = 60) {
    this.#client = client;
    this.#pause = pauseMillis;
  }

  add(change: Change): void {
    // A read that follows must not be older than what the stream told.
    position.remember(change.position);
    for (const key of [...touched(change), keys.activity]) this.#waiting.set(JSON.stringify(key), key);
    this.#timer ??= setTimeout(() => this.flush(), this.#pause);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting = new Map();
    for (const queryKey of waiting) void this.#client.invalidateQueries({ queryKey });
  }
}

/** Puts a heartbeat where its server is shown, in place; takes the last one away once the server is offline. */
export function applyHeartbeat(client: QueryClient, { id, live }: ServerFrame): void {
  const patch = (server: Server): Server => {
    if (server.id !== id) return server;
    const next = { ...server };
    if (live) next.live = live;
    else delete next.live;
    return next;
  };
  patchCached<Page<Server>>(client, keys.servers, (page) => ({ ...page, items: page.items.map(patch) }));
  patchCached<Server>(client, keys.server(id), patch);
  if (live) addSample(client, id, live);
}

/**
 * Changes a part of what is cached without making the whole look freshly read: what is to be read again stays so.
 * setQueryData alone would take back the invalidation of a page that nobody looks at now, which then shows what was.
 */
function patchCached<T>(client: QueryClient, queryKey: QueryKey, change: (cached: T) => T): void {
  const before = client.getQueryState<T>(queryKey);
  if (before?.data === undefined) return;
  client.setQueryData<T>(queryKey, change(before.data), { updatedAt: before.dataUpdatedAt });
  if (before.isInvalidated) void client.invalidateQueries({ queryKey, exact: true, refetchType: "none" });
}
