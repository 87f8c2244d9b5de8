import { clsx } from "clsx";
import { type ComponentProps, type ReactNode, createContext, useContext, useId } from "react";

export const inputClass =
  "h-8 w-full min-w-0 rounded-md border border-line-strong bg-bg px-2.5 text-sm text-text motion placeholder:text-faint " +
  "hover:border-faint focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-bad";

/** What the server refused, by the names of the fields that are inside. */
export const FieldErrors = createContext<Readonly<Record<string, string>>>({});

interface FieldProps {
  label: string;
  /** Names the field as the API does, "health.path", so that what the API says of it shows here. */
  name?: string | undefined;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  className?: string;
  children: (control: { id: string; name?: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}

/** A labelled control with its hint and its error. */
export function Field({ label, name, hint, error: own, optional, className, children }: FieldProps) {
  const id = useId();
  const refused = useContext(FieldErrors);
  const error = own ?? (name ? refused[name] : undefined);
  const note = error ?? hint;
  return (
    <div className={clsx("min-w-0 space-y-1.5", className)}>
      <label htmlFor={id} className="flex items-baseline justify-between font-medium">
        {label}
        {optional && <span className="text-xs font-normal text-faint">optional</span>}
      </label>
      {children({ id, ...(name ? { name } : {}), ...(note ? { "aria-describedby": `${id}-note` } : {}), ...(error ? { "aria-invalid": true as const } : {}) })}
      {note && <p id={`${id}-note`} className={clsx("text-xs wrap-anywhere", error ? "text-bad" : "text-muted")}>{note}</p>}
    </div>
  );
}

interface InputProps extends Omit<ComponentProps<"input">, "onChange" | "name"> {
  name?: string | undefined;
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  mono?: boolean;
  /** Shown at the right of the control: a unit. */
  unit?: string;
  onChange: (value: string) => void;
}

/** One line of text. */
export function TextField({ label, name, hint, error, optional, mono, unit, onChange, className, ...rest }: InputProps) {
  return (
    <Field label={label} name={name} hint={hint} error={error} {...(optional ? { optional } : {})} {...(className ? { className } : {})}>
      {(control) => (
        <div className="relative">
          <input {...rest} {...control} className={clsx(inputClass, mono && "font-mono text-xs", unit && "pr-12")} onChange={(event) => onChange(event.target.value)} />
          {unit && <span aria-hidden className="pointer-events-none absolute inset-y-0 right-2.5 grid place-items-center text-xs text-faint">{unit}</span>}
        </div>
      )}
    </Field>
  );
}

interface NumberProps {
  label: string;
  name?: string;
  hint?: ReactNode;
  unit?: string;
  value: number | undefined;
  /** What an empty field means. */
  fallback?: number | string;
  min?: number;
  max?: number;
  step?: number;
  onChange: (value: number | undefined) => void;
}

/** A number; empty means the default, which it shows. */
export function NumberField({ value, fallback, onChange, min = 0, ...rest }: NumberProps) {
  return (
    <TextField
      {...rest}
      type="number"
      inputMode="decimal"
      min={min}
      value={value ?? ""}
      placeholder={fallback === undefined ? "" : String(fallback)}
      onChange={(text) => onChange(text === "" ? undefined : Number(text))}
    />
  );
}

interface SelectProps {
  label: string;
  name?: string;
  hint?: ReactNode;
  value: string;
  options: { value: string; label: string; disabled?: boolean }[];
  onChange: (value: string) => void;
}

/** One of some choices, by the browser's own list. */
export function SelectField({ label, name, hint, value, options, onChange }: SelectProps) {
  return (
    <Field label={label} name={name} hint={hint}>
      {(control) => (
        <select {...control} className={clsx(inputClass, "cursor-pointer")} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled ?? false}>{option.label}</option>
          ))}
        </select>
      )}
    </Field>
  );
}
