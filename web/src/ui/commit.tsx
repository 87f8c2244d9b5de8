import { GitCommitHorizontal } from "lucide-react";
import type { Commit as CommitRow } from "@/api/types";
import { short } from "@/lib/format";

/** A commit in one line; nothing where the source was no Git repository. */
export function Commit({ commit }: { commit: CommitRow | undefined }) {
  if (!commit?.sha) return null;
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5 text-muted" title={[commit.branch, commit.sha, commit.subject].filter(Boolean).join(" · ")}>
      <GitCommitHorizontal aria-hidden className="size-3.5 shrink-0" />
      <code className="font-mono text-xs">{short(commit.sha, 7)}</code>
      {commit.subject && <span className="truncate">{commit.subject}</span>}
    </span>
  );
}
