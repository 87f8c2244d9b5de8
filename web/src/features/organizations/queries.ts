import { queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Joined } from "@/api/types";
import { live } from "@/features/live/live";
import { sessionChanged } from "@/features/session/anew";

/** All organizations that one belongs to. */
export const organizationsQuery = queryOptions({
  queryKey: keys.organizations,
  queryFn: ({ signal }) => ok(client.GET("/organizations", { signal })),
});

/** Goes to another organization of one's own. Where that is refused, one stays in this one. */
export async function switchTo(id: string): Promise<void> {
  // First, so that nothing of this organization comes in while the session is already for the other.
  live.stop();
  try {
    await ok(client.POST("/auth/organization", { body: { organization_id: id } }));
  } catch (error) {
    live.start();
    throw error;
  }
  sessionChanged();
}

export async function createOrganization(slug: string, name: string): Promise<Joined> {
  return ok(client.POST("/organizations", { body: { slug, name } }));
}

export async function renameOrganization(name: string): Promise<void> {
  await ok(client.PATCH("/organization", { body: { name } }));
  await Promise.all([keys.me, keys.organizations].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

/** Ends one's own membership: the session is for another organization then, or for none. */
export async function leaveOrganization(): Promise<void> {
  await ok(client.POST("/organization/leave"));
  sessionChanged();
}

export async function transferOwnership(userId: string): Promise<void> {
  await ok(client.POST("/organization/transfer", { body: { user_id: userId } }));
  await Promise.all([keys.me, keys.members, keys.organizations].map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}
