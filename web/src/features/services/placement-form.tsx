import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Service } from "@/api/types";
import { serversQuery } from "@/features/servers/queries";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { NumberField } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { changesOf, choicesOf, sameTargets, targetsOf } from "./placement";
import { PlacementEffects, PlacementUnderway } from "./placement-effects";
import { placeService } from "./queries";

/** On which servers the service runs, and how many replicas on each. */
export function PlacementForm({ service }: { service: Service }) {
  const may = useMay("developer", service.project_id);
  const { data: servers } = useQuery(serversQuery);
  const [choices, setChoices] = useState(() => choicesOf(service));
  const targets = targetsOf(service, choices);
  const changed = !sameTargets(targets, service.placement);
  const { joins, leaves } = changesOf(service, targets);
  const moves = joins.length + leaves.length > 0 || !changed;
  const place = useMutation({
    mutationFn: () => placeService(service.id, targets),
    onSuccess: () => toast("busy", `Moving ${service.slug}`, "It is carried out as a deployment."),
  });
  return (
    <Panel title="Placement" aside="The live release starts on new servers before it leaves old ones.">
      <form
        aria-label="Placement"
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          place.mutate();
        }}
      >
        {!servers ? <SkeletonLines lines={2} label="Loading servers" /> : (
          <ul className="space-y-2">
            {servers.items.map((server) => {
              const choice = choices[server.id] ?? { chosen: false };
              const set = (next: Partial<typeof choice>) => setChoices({ ...choices, [server.id]: { ...choice, ...next } });
              return (
                <li key={server.id} className="flex items-center gap-4">
                  <label className="flex min-w-40 flex-1 items-center gap-2">
                    <input type="checkbox" checked={choice.chosen} disabled={!may} onChange={(event) => set({ chosen: event.target.checked })} />
                    {server.name}
                    {server.state !== "online" && <span className="text-muted">{server.state}</span>}
                  </label>
                  {choice.chosen && <div className="w-40"><NumberField label={`Replicas on ${server.name}`} value={choice.replicas} onChange={(replicas) => set({ replicas })} fallback={service.replicas} min={1} max={20} /></div>}
                </li>
              );
            })}
          </ul>
        )}
        {servers && changed && <PlacementEffects service={service} servers={servers.items} targets={targets} />}
        {place.data && <PlacementUnderway deploymentId={place.data.id} />}
        {place.error && <Failure title={`${service.slug} could not be moved`} error={place.error} />}
        {may && <Button type="submit" variant="primary" busy={place.isPending} disabled={!changed || targets.length === 0 || place.isPending}>{moves ? "Move" : "Change replicas"}</Button>}
      </form>
    </Panel>
  );
}
