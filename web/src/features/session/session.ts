import { queryOptions, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { position } from "@/api/position";
import { queryClient } from "@/api/query";
import type { Me } from "@/api/types";

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => ok(client.GET("/me", { signal })),
  staleTime: 5 * 60_000,
});

export function useMe() {
  return useSuspenseQuery(meQuery).data;
}

const ROLES = ["guest", "viewer", "developer", "admin", "owner"];

export type Role = Me["role"];

/** Whether a role includes all that another one allows. */
export function roleAllows(has: string, needs: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needs);
}

/** Whether the one who looks may do what needs this role: in a project, where one is named, else in the organization. */
export function useMay(needs: Role, project?: string): boolean {
  const { data } = useQuery(meQuery);
  if (!data) return false;
  return roleAllows(data.role, needs) || (project !== undefined && roleAllows(data.projects[project] ?? "", needs));
}

export async function logIn(email: string, password: string): Promise<void> {
  await ok(client.POST("/auth/login", { body: { email, password } }));
  position.forget();
  queryClient.clear();
}

export async function logOut(): Promise<void> {
  await ok(client.POST("/auth/logout"));
  forgetEverything();
}

export async function changePassword(current: string, next: string): Promise<void> {
  await ok(client.POST("/auth/password", { body: { current, new: next } }));
  void queryClient.invalidateQueries({ queryKey: keys.tokens });
}

/** Leaves nothing of one login to the next. */
export function forgetEverything(): void {
  position.forget();
  queryClient.clear();
}
