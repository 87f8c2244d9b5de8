import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Problem, messageOf } from "@/api/problem";
import { Button } from "./button";
import { CopyButton } from "./copy";

interface Props {
  /** What was being done, such as "Servers could not be loaded". */
  title: string;
  error: unknown;
  onRetry?: () => void;
  action?: ReactNode;
}

/** What failed, why, the request id to ask about, and what to do. */
export function Failure({ title, error, onRetry, action }: Props) {
  const problem = error instanceof Problem ? error : null;
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-line bg-bad-soft p-4">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0 flex-1 space-y-1">
        <p className="font-medium wrap-anywhere">{title}</p>
        <p className="wrap-anywhere text-muted">{messageOf(error)}</p>
        {problem?.advice && <p className="text-muted">{problem.advice}</p>}
        {problem?.requestId && (
          <p className="flex items-center gap-1 text-xs text-muted">
            Request <code className="font-mono">{problem.requestId}</code>
            <CopyButton text={problem.requestId} label="Copy request id" />
          </p>
        )}
        {(onRetry ?? action) && (
          <div className="flex gap-2 pt-2">
            {onRetry && <Button size="sm" onClick={onRetry}>Try again</Button>}
            {action}
          </div>
        )}
      </div>
    </div>
  );
}
