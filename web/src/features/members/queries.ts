import { queryOptions } from "@tanstack/react-query";
import { allPages, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Role } from "@/features/session/session";

export type ProjectRole = Exclude<Role, "guest">;

export const membersQuery = queryOptions({
  queryKey: keys.members,
  queryFn: ({ signal }) => allPages((query) => ok(client.GET("/members", { params: { query }, signal }))),
});

export const invitationsQuery = queryOptions({
  queryKey: keys.invitations,
  queryFn: ({ signal }) => allPages((query) => ok(client.GET("/organization/invitations", { params: { query }, signal }))),
});

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.members });

export async function changeRole(id: string, role: Role): Promise<void> {
  await ok(client.PATCH("/members/{id}", { params: { path: { id } }, body: { role } }));
  await refresh();
}

export async function removeMember(id: string): Promise<void> {
  await ok(client.DELETE("/members/{id}", { params: { path: { id } } }));
  await refresh();
}

/** Gives a role in one project; "" takes it away. */
export async function setProjectRole(project: string, user: string, role: ProjectRole | ""): Promise<void> {
  const path = { id: project, user };
  if (role) await ok(client.PUT("/projects/{id}/members/{user}", { params: { path }, body: { role } }));
  else await ok(client.DELETE("/projects/{id}/members/{user}", { params: { path } }));
  await refresh();
}

export async function invite(body: { email: string; role: Role; projects?: Record<string, Role> }) {
  const made = await ok(client.POST("/organization/invitations", { body }));
  void queryClient.invalidateQueries({ queryKey: keys.invitations });
  return made;
}

export async function revokeInvitation(id: string): Promise<void> {
  await ok(client.DELETE("/organization/invitations/{id}", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: keys.invitations });
}
