import type { ReactNode } from "react";
import { Button } from "./button";

interface Props {
  /** What the button does: "Save settings". */
  action: string;
  busy: boolean;
  onDiscard: () => void;
  /** Why the last save was refused, shown where the eye is. */
  failure?: ReactNode;
}

/** Says at the foot of a form that it holds unsaved changes, and that the last save was refused. */
export function SaveBar({ action, busy, onDiscard, failure }: Props) {
  return (
    <div role="region" aria-label="Unsaved changes" className="sticky bottom-4 z-10 mt-4 space-y-3 rounded-lg border border-line-strong bg-raised px-4 py-2.5">
      {failure}
      <div className="flex flex-wrap items-center gap-3">
        <span className="flex-1">Unsaved changes</span>
        <Button onClick={onDiscard}>Discard</Button>
        <Button type="submit" variant="primary" busy={busy} disabled={busy}>{action}</Button>
      </div>
    </div>
  );
}
