import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { messageOf } from "@/api/problem";
import type { Service } from "@/api/types";
import { deploy } from "@/features/deployments/queries";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { StateIcon } from "@/ui/state";
import { toast } from "@/ui/toast";
import { releasesQuery } from "./queries";
import { isDeploying } from "./status";

/** Says that env or settings are newer than what is live, and how to make them live. */
export function PendingChange({ service }: { service: Service }) {
  const navigate = useNavigate();
  const may = useMay("developer", service.project_id);
  const { data } = useQuery({ ...releasesQuery(service.id), enabled: service.live !== undefined });
  const live = data?.items.find((release) => release.id === service.live?.id);
  const redeploy = useMutation({
    mutationFn: () => deploy(service.id, { kind: "redeploy" }),
    onSuccess: ({ id }) => navigate({ to: "/deployments/$deploymentId", params: { deploymentId: id } }),
    onError: (error) => toast("bad", "The redeployment was refused", messageOf(error)),
  });
  if (!live || isDeploying(service)) return null;
  const behind = [
    live.env_version < service.env_version ? `env v${live.env_version} (now v${service.env_version})` : "",
    live.config_version < service.config_version ? `settings v${live.config_version} (now v${service.config_version})` : "",
  ].filter(Boolean);
  if (behind.length === 0) return null;
  return (
    <div role="note" aria-label="Changes not live yet" className="flex items-center gap-3 rounded-lg border border-line bg-warn-soft px-4 py-2.5">
      <StateIcon tone="warn" label="Not live yet" />
      <span className="flex-1">Release #{live.number} runs with {behind.join(" and ")}. Redeploy to make your changes live.</span>
      {may && <Button size="sm" busy={redeploy.isPending} onClick={() => redeploy.mutate()}>Redeploy</Button>}
    </div>
  );
}
