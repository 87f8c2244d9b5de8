import { queryOptions } from "@tanstack/react-query";
import { allPages, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";

export const projectsQuery = queryOptions({
  queryKey: keys.projects,
  queryFn: ({ signal }) => allPages((query) => ok(client.GET("/projects", { params: { query }, signal }))),
});

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: keys.project(id),
    queryFn: ({ signal }) => ok(client.GET("/projects/{id}", { params: { path: { id } }, signal })),
  });

export async function createProject(slug: string, name: string) {
  const project = await ok(client.POST("/projects", { body: { slug, name } }));
  void queryClient.invalidateQueries({ queryKey: keys.projects });
  return project;
}

export async function renameProject(id: string, name: string): Promise<void> {
  await ok(client.PATCH("/projects/{id}", { params: { path: { id } }, body: { name } }));
  await queryClient.invalidateQueries({ queryKey: ["projects"] });
}

export async function deleteProject(id: string): Promise<void> {
  await ok(client.DELETE("/projects/{id}", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: keys.projects });
}
