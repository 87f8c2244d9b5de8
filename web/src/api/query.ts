import { QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** What happens when the session has ended; the shell sets it. */
export const session: { onEnded: () => void } = { onEnded: () => undefined };

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (error instanceof Problem && error.unauthorized) session.onEnded();
    },
  }),
  defaultOptions: {
    queries: {
      // Syntra may run on this very machine, where a browser that believes itself offline reaches it all the same.
      networkMode: "always",
      // The live stream says when something changed; this only bounds what it may have missed.
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && error instanceof Problem && error.temporary,
      throwOnError: false,
    },
    mutations: { retry: false, networkMode: "always" },
  },
});
