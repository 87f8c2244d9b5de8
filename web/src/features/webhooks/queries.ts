import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Delivery, DeliveryState } from "@/api/types";
import type { WebhookEvent } from "./events";

export const webhooksQuery = queryOptions({
  queryKey: keys.webhooks,
  // An organization has at most twenty.
  queryFn: ({ signal }) => ok(client.GET("/webhooks", { signal })),
});

const WATCH_MILLIS = 3000;

/** The newest deliveries of a webhook. They are no events, so those that wait are asked for again and again. */
export const deliveriesQuery = (id: string, state?: DeliveryState) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(id, state),
    queryFn: ({ signal, pageParam }) =>
      ok(client.GET("/webhooks/{id}/deliveries", { params: { path: { id }, query: { limit: 50, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some((each) => each.state === "pending")) ? WATCH_MILLIS : false),
  });

export interface WebhookDraft { url?: string; name?: string; events?: WebhookEvent[]; enabled?: boolean }

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.webhooks });

export async function createWebhook(draft: { url: string; name: string; events: WebhookEvent[]; project_id?: string }) {
  const made = await ok(client.POST("/webhooks", { body: draft }));
  void refresh();
  return made;
}

export async function changeWebhook(id: string, draft: WebhookDraft) {
  const changed = await ok(client.PATCH("/webhooks/{id}", { params: { path: { id } }, body: draft }));
  await refresh();
  return changed;
}

export async function rotateSecret(id: string) {
  const made = await ok(client.POST("/webhooks/{id}/rotate-secret", { params: { path: { id } } }));
  void refresh();
  return made;
}

export async function deleteWebhook(id: string): Promise<void> {
  await ok(client.DELETE("/webhooks/{id}", { params: { path: { id } } }));
  await refresh();
}

/** Sends a test message, and says how it went so far. */
export async function testWebhook(id: string): Promise<Delivery> {
  const delivery = await ok(client.POST("/webhooks/{id}/test", { params: { path: { id } } }));
  void refresh();
  return delivery;
}

export async function redeliver(delivery: Delivery): Promise<void> {
  await ok(client.POST("/deliveries/{id}/redeliver", { params: { path: { id: delivery.id } } }));
  await refresh();
}
