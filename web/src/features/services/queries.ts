import { queryOptions } from "@tanstack/react-query";
import { allPages, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query";
import type { Config } from "@/api/types";

export const servicesQuery = (project?: string) =>
  queryOptions({
    queryKey: keys.services(project),
    queryFn: ({ signal }) => allPages((page) => ok(client.GET("/services", { params: { query: { ...page, ...(project ? { project } : {}) } }, signal }))),
  });

export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: keys.service(id),
    queryFn: ({ signal }) => ok(client.GET("/services/{id}", { params: { path: { id } }, signal })),
  });

export const envQuery = (id: string) =>
  queryOptions({
    queryKey: keys.env(id),
    queryFn: ({ signal }) => ok(client.GET("/services/{id}/env", { params: { path: { id } }, signal })),
  });

export const releasesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.releases(id),
    queryFn: ({ signal }) => ok(client.GET("/services/{id}/releases", { params: { path: { id }, query: { limit: 50 } }, signal })),
  });

const refresh = () => queryClient.invalidateQueries({ queryKey: ["services"] });

export interface NewService { project_id: string; server_id: string; slug: string; config: Config }

export async function createService(service: NewService) {
  const created = await ok(client.POST("/services", { body: service }));
  void refresh();
  void queryClient.invalidateQueries({ queryKey: ["projects"] });
  return created;
}

/** Asks for a placement; it is carried out as a deployment. */
export async function placeService(id: string, targets: { id: string; replicas?: number }[]) {
  const deployment = await ok(client.PUT("/services/{id}/placement", { params: { path: { id } }, body: { targets } }));
  void refresh();
  void queryClient.invalidateQueries({ queryKey: ["deployments"] });
  return deployment;
}

export async function deleteService(id: string): Promise<void> {
  await ok(client.DELETE("/services/{id}", { params: { path: { id } } }));
}

/** Once no page shows it any more. */
export function forgetService(id: string): void {
  queryClient.removeQueries({ queryKey: keys.service(id) });
  void refresh();
  void queryClient.invalidateQueries({ queryKey: ["projects"] });
}

/** Replaces the settings, refused where someone else changed them since `version`. */
export async function saveConfig(id: string, version: number, config: Config) {
  await ok(client.PUT("/services/{id}/config", { params: { path: { id } }, body: config, headers: { "If-Match": `"${version}"` } }));
  await refresh();
}

export async function changeEnv(id: string, change: { set?: Record<string, string>; unset?: string[] }) {
  const { version } = await ok(client.PATCH("/services/{id}/env", { params: { path: { id } }, body: { set: change.set ?? {}, unset: change.unset ?? [] } }));
  await refresh();
  return version;
}

export type OperationKind = "stop" | "start" | "restart" | "scale";

export async function operate(id: string, kind: OperationKind, replicas?: number): Promise<void> {
  await ok(client.POST("/services/{id}/operations", { params: { path: { id } }, body: { kind, ...(replicas ? { replicas } : {}) } }));
  await refresh();
}

export async function resumeAutoDeploy(id: string): Promise<void> {
  await ok(client.POST("/services/{id}/resume", { params: { path: { id } } }));
  await refresh();
}
