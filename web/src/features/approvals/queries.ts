import { queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Approval } from "@/api/types";

/** What waits for a decision, newest first; of one service where it is named. */
export const pendingApprovalsQuery = (service?: string) =>
  queryOptions({
    queryKey: keys.approvals(service),
    queryFn: ({ signal }) => ok(client.GET("/approvals", { params: { query: { status: "pending", limit: 50, ...(service ? { service } : {}) } }, signal })),
  });

const refresh = () => queryClient.invalidateQueries({ queryKey: ["approvals"] });

/** Approves exactly what was shown; refused where it is another thing by now. */
export async function approve({ id, shown_digest }: Approval): Promise<void> {
  await ok(client.POST("/approvals/{id}/approve", { params: { path: { id } }, body: { shown_digest } }));
  await refresh();
}

export async function reject({ id }: Approval, reason: string): Promise<void> {
  await ok(client.POST("/approvals/{id}/reject", { params: { path: { id } }, body: reason ? { reason } : {} }));
  await refresh();
}
