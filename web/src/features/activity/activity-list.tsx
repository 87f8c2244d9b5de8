import type { Activity } from "@/api/types";
import { Ago } from "@/ui/time";
import { Actor } from "./actor";
import { Subject } from "./subject";
import { Activity as ActivityIcon, Boxes, KeyRound, type LucideIcon, Package, Rocket, Server, SquareTerminal, Users } from "lucide-react";

const icons: Record<string, LucideIcon> = { deployment: Rocket, service: SquareTerminal, server: Server, project: Boxes, secret: KeyRound, user: KeyRound, organization: Users, release: Package };

/** What happened, the newest first, each with who did it. */
export function ActivityList({ items, label }: { items: Activity[]; label: string }) {
  return (
    <ol aria-label={label} className="divide-y divide-line">
      {items.map((entry) => {
        const Icon = icons[entry.type.split(".")[0] ?? ""] ?? ActivityIcon;
        return (
          <li key={entry.position} className="flex items-center gap-3 px-4 py-2">
            <Icon aria-hidden className="size-3.5 shrink-0 text-faint" />
            <span className="min-w-0 flex-1 truncate" title={`${entry.summary} (${entry.type})`}>{entry.summary}</span>
            <span className="hidden md:inline"><Subject id={entry.subject} /></span>
            <span className="hidden w-40 min-w-0 lg:inline"><Actor actor={entry.actor} name={entry.actor_name} /></span>
            <span className="w-16 text-right text-muted"><Ago at={entry.at} /></span>
          </li>
        );
      })}
    </ol>
  );
}
