import { clsx } from "clsx";
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleSlash, CircleStop, Clock, type LucideIcon, TriangleAlert } from "lucide-react";

export type Tone = "ok" | "busy" | "warn" | "bad" | "idle";

const tones: Record<Tone, { text: string; soft: string; icon: LucideIcon }> = {
  ok: { text: "text-ok", soft: "bg-ok-soft", icon: CircleCheck },
  busy: { text: "text-accent-text", soft: "bg-accent-soft", icon: CircleDot },
  warn: { text: "text-warn", soft: "bg-warn-soft", icon: TriangleAlert },
  bad: { text: "text-bad", soft: "bg-bad-soft", icon: CircleAlert },
  idle: { text: "text-idle", soft: "bg-idle-soft", icon: CircleDashed },
};
export const icons = { stopped: CircleStop, queued: Clock, cancelled: CircleSlash };

export function toneText(tone: Tone): string {
  return tones[tone].text;
}

interface Props {
  tone: Tone;
  label: string;
  icon?: LucideIcon;
  /** A filled pill, for headers; else icon and word only. */
  pill?: boolean;
}

/** A state as icon and word in its colour. */
export function State({ tone, label, icon, pill }: Props) {
  const { text, soft, icon: usual } = tones[tone];
  const Icon = icon ?? usual;
  return (
    <span className={clsx("inline-flex items-center gap-1.5 whitespace-nowrap", text, pill && ["rounded-full px-2 py-0.5 text-xs font-medium", soft])}>
      <Icon aria-hidden className={clsx("size-3.5 shrink-0", tone === "busy" && "animate-pulse-soft")} />
      {label}
    </span>
  );
}

/** The icon of a state alone, named. */
export function StateIcon({ tone, label, icon }: Props) {
  const Icon = icon ?? tones[tone].icon;
  return <Icon role="img" aria-label={label} className={clsx("size-4 shrink-0", tones[tone].text, tone === "busy" && "animate-pulse-soft")} />;
}
