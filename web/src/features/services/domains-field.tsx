import { clsx } from "clsx";
import { useState } from "react";
import { Field, inputClass } from "@/ui/field";
import { hostError } from "./config";

/** The service's own names besides the one it always has, one a line. */
export function DomainsField({ host, value, onChange }: { host: string; value: string[]; onChange: (domains: string[]) => void }) {
  const [text, setText] = useState(value.join("\n"));
  const domains = (from: string) => from.split(/[\s,]+/).map((each) => each.toLowerCase()).filter((each) => each !== "");
  // Changed from outside, as by "Discard": the text follows.
  const shown = domains(text).join("\n") === value.join("\n") ? text : value.join("\n");
  const wrong = value.map(hostError).find((each) => each !== "");
  return (
    <Field name="domains" label="Domains" optional hint={<>It always answers on <code className="font-mono">{host}</code>. Point these names at the server, one a line.</>} error={wrong}>
      {(control) => (
        <textarea
          {...control}
          rows={3}
          spellCheck={false}
          placeholder="shop.example.com"
          value={shown}
          onChange={(event) => {
            setText(event.target.value);
            onChange(domains(event.target.value));
          }}
          className={clsx(inputClass, "h-auto! resize-y py-2 font-mono text-xs leading-5")}
        />
      )}
    </Field>
  );
}
