import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { BASE, client, ok } from "@/api/client";
import { keys } from "@/api/keys";
import { POSITION_HEADER, position } from "@/api/position";
import { problemOf } from "@/api/problem";
import { queryClient } from "@/api/query";
import type { Deployment, DeploymentStatus } from "@/api/types";
import { uuid } from "@/api/uuid";

export interface DeploymentFilter { service?: string; project?: string; status?: DeploymentStatus }

export const deploymentsQuery = (filter: DeploymentFilter, limit = 50) =>
  infiniteQueryOptions({
    queryKey: keys.deployments({ ...filter, limit }),
    queryFn: ({ signal, pageParam }) =>
      ok(client.GET("/deployments", { params: { query: { ...filter, limit, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
  });

export const deploymentQuery = (id: string) =>
  queryOptions({
    queryKey: keys.deployment(id),
    queryFn: ({ signal }) => ok(client.GET("/deployments/{id}", { params: { path: { id } }, signal })),
  });

function started(deployment: Deployment): Deployment {
  queryClient.setQueryData(keys.deployment(deployment.id), deployment);
  void queryClient.invalidateQueries({ queryKey: keys.deploymentLists });
  void queryClient.invalidateQueries({ queryKey: ["services"] });
  return deployment;
}

export async function deploy(service: string, body: { kind: "deploy" | "redeploy"; upload_id?: string; ref?: string }) {
  return started(await ok(client.POST("/services/{id}/deployments", { params: { path: { id: service } }, body })));
}

export async function rollBack(service: string, release: string) {
  return started(await ok(client.POST("/services/{id}/rollback", { params: { path: { id: service } }, body: { release_id: release } })));
}

export async function cancelDeployment(id: string): Promise<void> {
  await ok(client.POST("/deployments/{id}/cancel", { params: { path: { id } } }));
  await queryClient.invalidateQueries({ queryKey: keys.deployment(id) });
}

/** Sends a tar.gz of a source; answers the upload's id. */
export async function upload(archive: Blob): Promise<string> {
  const response = await fetch(`${BASE}/uploads`, {
    method: "POST",
    body: archive,
    headers: { "Content-Type": "application/gzip", "Idempotency-Key": uuid() },
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(body, response);
  position.remember(response.headers.get(POSITION_HEADER));
  return (body as { id: string }).id;
}
