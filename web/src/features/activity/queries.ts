import { infiniteQueryOptions } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";

/** The audit trail, newest first; of one service where it is named. */
export const activityQuery = ({ limit = 50, service = "" }: { limit?: number; service?: string } = {}) =>
  infiniteQueryOptions({
    queryKey: [...keys.activity, limit, service],
    queryFn: ({ signal, pageParam }) =>
      ok(client.GET("/activity", { params: { query: { limit, ...(service ? { service } : {}), ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
  });
