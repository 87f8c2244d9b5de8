import type { DefaultError, QueryKey } from "@tanstack/react-query";
import { queryClient } from "./query";

type Query<T, Key extends QueryKey> = Parameters<typeof queryClient.query<T, DefaultError, T, T, Key>>[0];

/** What a page cannot be shown without: loaded before it, or its failure shown in its place. */
export function need<T, Key extends QueryKey>(options: Query<T, Key>): Promise<T> {
  return queryClient.query<T, DefaultError, T, T, Key>({ ...options, staleTime: "static" });
}

/** What a page will want: begun early, waited for by none. A failure shows where the data is used. */
export function warm<T, Key extends QueryKey>(options: Query<T, Key>): void {
  void queryClient.query<T, DefaultError, T, T, Key>(options).catch(() => undefined);
}

/** The same for what is asked otherwise, such as the first page of a list. */
export function early(work: Promise<unknown>): void {
  void work.catch(() => undefined);
}
