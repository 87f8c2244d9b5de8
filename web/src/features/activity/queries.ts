import { infiniteQueryOptions } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";

export const activityQuery = (limit = 50) =>
  infiniteQueryOptions({
    queryKey: [...keys.activity, limit],
    queryFn: ({ signal, pageParam }) => ok(client.GET("/activity", { params: { query: { limit, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
