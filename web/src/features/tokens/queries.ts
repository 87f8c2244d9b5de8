import { queryOptions } from "@tanstack/react-query";
import { allPages, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Role } from "@/features/session/session";

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => allPages((query) => ok(client.GET("/tokens", { params: { query }, signal }))),
});

export async function createToken(token: { name: string; role: Role; expires_in_days?: number }) {
  const created = await ok(client.POST("/tokens", { body: token }));
  void queryClient.invalidateQueries({ queryKey: keys.tokens });
  return created;
}

export async function revokeToken(id: string): Promise<void> {
  await ok(client.DELETE("/tokens/{id}", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: keys.tokens });
}
