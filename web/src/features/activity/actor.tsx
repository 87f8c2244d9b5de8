import { Bot, Cog, KeyRound, Server, Sparkles, User } from "lucide-react";
import { useMe } from "@/features/session/session";

const kinds: Record<string, { label: string; icon: typeof User }> = {
  user: { label: "a member", icon: User },
  token: { label: "token", icon: KeyRound },
  agent: { label: "agent", icon: Server },
  workflow: { label: "workflow", icon: Cog },
  ai: { label: "copilot", icon: Sparkles },
  system: { label: "Syntra", icon: Bot },
};

/** Who caused something: "user usr_…" as the log has it, in words; by name where that is known. */
export function Actor({ actor, name: known = "" }: { actor: string; name?: string | undefined }) {
  const me = useMe();
  const [kind = "", id = ""] = actor.split(" ");
  const { label, icon: Icon } = kinds[kind] ?? { label: kind, icon: Bot };
  const name = id === me.user.id ? "you" : known ? known : kind === "token" ? `token …${id.slice(-6)}` : label;
  return (
    <span className="inline-flex max-w-full items-center gap-1 align-bottom whitespace-nowrap text-muted" title={actor}>
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span className="truncate">{name}</span>
    </span>
  );
}
