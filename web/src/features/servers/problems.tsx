import type { Server } from "@/api/types";
import { StateIcon } from "@/ui/state";

/** What the agent says is wrong on its server; nothing where nothing is. */
export function Problems({ server }: { server: Server }) {
  const problems = server.live?.problems ?? [];
  if (problems.length === 0) return null;
  return (
    <section aria-label="Problems on this server" className="flex gap-3 rounded-lg border border-line bg-warn-soft px-4 py-2.5">
      <StateIcon tone="warn" label="Problem" />
      <ul className="min-w-0 space-y-1">
        {problems.map((problem) => <li key={problem} className="break-words">{problem}</li>)}
      </ul>
    </section>
  );
}
