import { clsx } from "clsx";
import type { Deployment } from "@/api/types";
import { bytes, duration, words } from "@/lib/format";
import { StateIcon } from "@/ui/state";
import { Took } from "@/ui/time";
import { type PlannedStep, plan, stepLook } from "./status";

interface Props {
  deployment: Deployment;
  selected: string | undefined;
  onSelect: (step: string | undefined) => void;
}

/** The steps in order, with how long each took and what was observed. Choosing one shows its lines of the log. */
export function Timeline({ deployment, selected, onSelect }: Props) {
  const steps = plan(deployment);
  return (
    <section aria-label="Steps" className="rounded-lg border border-line bg-surface">
      <h2 className="flex h-10 items-center border-b border-line px-4 font-medium">Steps</h2>
      <ol className="py-1.5">
        {steps.length === 0 && <li className="px-4 py-1.5 text-muted">Its steps appear here when its turn has come.</li>}
        {steps.map((step, index) => (
          <StepRow key={step.id} step={step} last={index === steps.length - 1} selected={step.id === selected} onSelect={onSelect} />
        ))}
      </ol>
      {deployment.evidence && Object.keys(deployment.evidence).length > 0 && (
        <div className="border-t border-line px-4 py-3">
          <h3 className="mb-1.5 text-xs font-medium text-muted">Observed at the end</h3>
          <Evidence evidence={deployment.evidence} />
        </div>
      )}
    </section>
  );
}

function StepRow({ step, last, selected, onSelect }: { step: PlannedStep; last: boolean; selected: boolean; onSelect: (step: string | undefined) => void }) {
  const look = stepLook(step.status);
  const reached = step.started_at !== undefined;
  return (
    <li data-testid={`step-${step.id}`} data-status={step.status} className="relative">
      {!last && <span aria-hidden className={clsx("absolute top-7 bottom-[-7px] left-[23.5px] w-px", step.status === "succeeded" ? "bg-ok/50" : "bg-line-strong")} />}
      <button
        type="button"
        disabled={!reached}
        aria-pressed={selected}
        title={step.about}
        onClick={() => onSelect(selected ? undefined : step.id)}
        className={clsx("flex w-full items-center gap-3 px-4 py-1.5 text-left motion", selected ? "bg-accent-soft" : reached && "hover:bg-raised")}
      >
        <StateIcon {...look} />
        <span className={clsx("flex-1 font-medium", !reached && "text-muted")}>{step.title}</span>
        <span className="text-xs text-muted">
          {step.started_at ? (step.status === "running" ? <Took from={step.started_at} /> : <Took from={step.started_at} to={step.ended_at ?? step.started_at} />) : look.label}
        </span>
      </button>
      {step.evidence && Object.keys(step.evidence).length > 0 && (
        <div className="pr-4 pb-1.5 pl-11"><Evidence evidence={step.evidence} /></div>
      )}
    </li>
  );
}

/** What was observed, as names and values. */
function Evidence({ evidence }: { evidence: Record<string, string> }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-xs">
      {Object.entries(evidence).map(([name, value]) => {
        const { label, text } = observed(name, value);
        return (
          <div key={name} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="truncate font-mono text-muted" title={value}>{text}</dd>
          </div>
        );
      })}
    </dl>
  );
}

function observed(name: string, value: string): { label: string; text: string } {
  if (name === "ms") return { label: "Took", text: duration(Number(value)) };
  if (name === "size_bytes") return { label: "Size", text: bytes(Number(value)) };
  return { label: words(name), text: value.replace(/^sha256:([0-9a-f]{12})[0-9a-f]+$/, "sha256:$1…") };
}
