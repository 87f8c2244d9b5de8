import { Link } from "@tanstack/react-router";
import type { Server, Service } from "@/api/types";
import { State } from "@/ui/state";
import { changesOf, unreachable } from "./placement";

/** What a placement that is not asked for yet will do, and what stands in its way. */
export function PlacementEffects({ service, servers, targets }: { service: Service; servers: readonly Server[]; targets: readonly { id: string }[] }) {
  const { joins, leaves } = changesOf(service, targets);
  const named = (ids: readonly string[]) => ids.map((id) => servers.find((each) => each.id === id)?.name ?? id).join(", ");
  const alone = unreachable(servers, targets);
  const away = servers.filter((server) => server.state !== "online" && targets.some((target) => target.id === server.id));
  return (
    <ul className="space-y-1 text-muted">
      {targets.length === 0 && <li>Choose at least one server.</li>}
      {joins.length > 0 && <li>Starts on {named(joins)}, and takes traffic there once it is healthy.</li>}
      {leaves.length > 0 && targets.length > 0 && <li>Leaves {named(leaves)}, whose edge passes requests on for an hour: point DNS records at the new servers.</li>}
      {away.map((server) => (
        <li key={server.id}><State tone="warn" label={`The agent of ${server.name} is not connected: the move waits for it.`} /></li>
      ))}
      {alone.map((name) => (
        <li key={name}><State tone="warn" label={`Other servers cannot reach ${name}: start its agent with --peer-listen.`} /></li>
      ))}
    </ul>
  );
}

/** Where the move that was asked for can be followed. */
export function PlacementUnderway({ deploymentId }: { deploymentId: string }) {
  return (
    <p className="text-muted">
      The move is <Link to="/deployments/$deploymentId" params={{ deploymentId }} className="text-accent-text hover:underline">a deployment</Link>; the service is placed there once traffic has moved.
    </p>
  );
}
