import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useId, useState } from "react";
import type { Deployment, Release, Service } from "@/api/types";
import { releasesQuery } from "@/features/services/queries";
import { short } from "@/lib/format";
import { Button } from "@/ui/button";
import { Commit } from "@/ui/commit";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";
import { deploymentsQuery, rollBack } from "./queries";
import { firstTarget, rollbackTargets } from "./rollback";

interface Props { service: Service; onStarted: (deployment: Deployment) => void; onCancel: () => void }

/** Chooses the release to go back to: the one before the live one that did well, unless another is picked. */
export function RollbackChoice({ service, onStarted, onCancel }: Props) {
  const group = useId();
  const { data, error } = useQuery(releasesQuery(service.id));
  const [picked, setPicked] = useState("");
  const failures = useInfiniteQuery(deploymentsQuery({ service: service.id, status: "failed" }));
  const failed = failures.data?.pages[0]?.items;
  const targets = rollbackTargets(service, data?.items ?? [], failed ?? []);
  const chosen = (targets.find(({ release }) => release.id === picked) ?? firstTarget(service, targets))?.release;
  const go = useMutation({ mutationFn: (release: Release) => rollBack(service.id, release.id), onSuccess: onStarted });
  if (error ?? failures.error) return <Failure title="Releases could not be loaded" error={error ?? failures.error} />;
  if (!data || !failed) return <SkeletonLines lines={4} label="Loading releases" />;
  if (!chosen) return <p className="pb-2 text-muted">No other release has had traffic yet, so there is nothing to go back to.</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        go.mutate(chosen);
      }}
    >
      <fieldset className="divide-y divide-line overflow-hidden rounded-lg border border-line">
        <legend className="sr-only">Release</legend>
        {targets.map(({ release, failed: bad }) => (
          <label key={release.id} className={clsx("flex cursor-pointer items-center gap-3 px-3 py-2 has-focus-visible:bg-hover", release.id === chosen.id ? "bg-accent-soft" : "hover:bg-hover")}>
            <input type="radio" name={group} className="accent-accent" checked={release.id === chosen.id} onChange={() => setPicked(release.id)} aria-label={`Release #${release.number}`} />
            <span className="tabular w-9 font-medium">#{release.number}</span>
            <span className="flex min-w-0 flex-1 items-center gap-2 text-muted">
              {release.commit.sha ? <Commit commit={release.commit} /> : <code className="font-mono text-xs">{short(release.artifact.digest)}</code>}
            </span>
            <span className="hidden text-xs text-muted sm:inline">env v{release.env_version} · settings v{release.config_version}</span>
            <span className="flex w-36 justify-end text-muted">{bad ? <State tone="bad" label="Its deployment failed" /> : release.state === "warm" ? <State tone="ok" label="Warm, at once" /> : <Ago at={release.created_at} />}</span>
          </label>
        ))}
      </fieldset>
      {go.error && <div className="mt-3"><Failure title="The rollback was refused" error={go.error} /></div>}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={go.isPending}>Roll back to #{chosen.number}</Button>
      </DialogActions>
    </form>
  );
}
