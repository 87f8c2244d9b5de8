import { clsx } from "clsx";
import type { ComponentProps } from "react";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";

const base =
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap motion select-none " +
  "disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0";

const variants: Record<ButtonVariant, string> = {
  primary: "bg-accent text-white hover:bg-accent-hover",
  secondary: "border border-line-strong bg-surface text-text hover:bg-hover",
  ghost: "text-muted hover:bg-hover hover:text-text data-[state=open]:bg-hover data-[state=open]:text-text",
  danger: "bg-bad-solid text-white hover:brightness-110",
};
const sizes = { sm: "h-7 px-2.5 text-xs", md: "h-8 px-3 text-sm", icon: "size-7 text-sm" };

/** The classes of a button, for a link that looks like one. */
export function buttonClass(variant: ButtonVariant = "secondary", size: keyof typeof sizes = "md", extra?: string): string {
  return clsx(base, variants[variant], sizes[size], extra);
}

interface Props extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  size?: keyof typeof sizes;
  /** Work is under way: the button waits and says so. */
  busy?: boolean;
}

export function Button({ variant, size, busy, className, type = "button", disabled, ...rest }: Props) {
  return (
    <button
      type={type}
      className={buttonClass(variant, size, clsx(className, busy && "animate-pulse-soft"))}
      disabled={disabled ?? busy}
      aria-busy={busy ?? undefined}
      {...rest}
    />
  );
}

interface IconProps extends Omit<Props, "aria-label"> {
  label: string;
}

/** A button of one icon, named for those who do not see it. */
export function IconButton({ label, ...rest }: IconProps) {
  return <Button variant="ghost" size="icon" aria-label={label} title={label} {...rest} />;
}
