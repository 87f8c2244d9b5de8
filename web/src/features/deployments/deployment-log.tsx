import type { Deployment } from "@/api/types";
import { LogPanel, type LogSearch } from "@/features/logs/log-panel";
import type { LogSource } from "@/features/logs/read-log";
import { hasEnded, plan } from "./status";

interface Props {
  deployment: Deployment;
  step: string | undefined;
  search: LogSearch;
  onSearch: (search: LogSearch) => void;
}

const STREAMS = [
  { value: "build", label: "Build" },
  { value: "stdout,stderr", label: "Program" },
  { value: "system", label: "Syntra" },
];

/**
 * How far a line may lie outside its step's time and belong to it, in milliseconds: steps have the platform's time, lines
 * that of their server, and a step is told of only after it has begun.
 */
const GRACE = 2000;

const shifted = (at: string, millis: number) => new Date(Date.parse(at) + millis).toISOString();

/** The log beside the steps: of the whole deployment, or of the time of one step. */
export function DeploymentLog({ deployment, step, search, onSearch }: Props) {
  const chosen = plan(deployment).find((each) => each.id === step && each.started_at);
  const end = hasEnded(deployment.status) ? deployment.ended_at : undefined;
  const stepEnd = chosen?.ended_at ?? (chosen ? end : undefined);
  // The release goes on writing after its deployment: those lines are the service's log.
  const last = stepEnd ?? end;
  const all: LogSource = { of: "deployments", id: deployment.id, ends: last ? shifted(last, GRACE) : undefined };
  const source = !chosen ? all : chosen.kind === "build"
    // What a build writes has a stream of its own, and needs no clock.
    ? { ...all, stream: "build" }
    : { ...all, since: chosen.started_at && shifted(chosen.started_at, -GRACE) };
  return (
    <LogPanel
      label={chosen ? `Log of step ${chosen.id}` : "Deployment log"}
      source={source}
      search={search}
      onSearch={onSearch}
      streams={STREAMS}
      className="flex h-[calc(100dvh-230px)] min-h-[480px] min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface lg:sticky lg:top-16"
      aside={chosen && <StepChip name={chosen.id} />}
      empty={
        deployment.status === "queued"
          ? "It has not begun. Its lines appear here as they are written."
          : hasEnded(deployment.status) ? "Nothing was written in this time." : "Lines appear here as they are written."
      }
    />
  );
}

function StepChip({ name }: { name: string }) {
  return <span className="rounded bg-accent-soft px-2 py-0.5 text-xs text-accent-text">Step {name}</span>;
}
