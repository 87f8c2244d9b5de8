import { queryOptions } from "@tanstack/react-query";
import { allPages, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import { addSample } from "./samples";

export const serversQuery = queryOptions({
  queryKey: keys.servers,
  queryFn: async ({ signal }) => {
    const page = await allPages((query) => ok(client.GET("/servers", { params: { query }, signal })));
    for (const server of page.items) if (server.live) addSample(queryClient, server.id, server.live);
    return page;
  },
});

export const serverQuery = (id: string) =>
  queryOptions({
    queryKey: keys.server(id),
    queryFn: async ({ signal }) => {
      const server = await ok(client.GET("/servers/{id}", { params: { path: { id } }, signal }));
      if (server.live) addSample(queryClient, id, server.live);
      return server;
    },
  });

export async function addServer(name: string) {
  const server = await ok(client.POST("/servers", { body: { name } }));
  void queryClient.invalidateQueries({ queryKey: keys.servers });
  return server;
}

export async function removeServer(id: string): Promise<void> {
  await ok(client.DELETE("/servers/{id}", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: keys.servers });
}

export function newJoinToken(id: string) {
  return ok(client.POST("/servers/{id}/token", { params: { path: { id } } }));
}
