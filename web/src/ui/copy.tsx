import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copy } from "@/lib/clipboard";
import { Button, IconButton } from "./button";

function useCopy(text: string) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return { done, run: () => void copy(text).then(setDone) };
}

/** A small button that copies. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { done, run } = useCopy(text);
  return (
    <IconButton
      label={done ? "Copied" : label}
      onClick={(event) => {
        event.stopPropagation();
        run();
      }}
    >
      {done ? <Check className="text-ok" /> : <Copy />}
    </IconButton>
  );
}

/** An id in monospace with its copy button. */
export function Id({ id, shown }: { id: string; shown?: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-0.5">
      <code className="truncate font-mono text-xs text-muted" title={id}>{shown ?? id}</code>
      <span className="-my-1"><CopyButton text={id} label={`Copy ${id}`} /></span>
    </span>
  );
}

/** A command to run in a terminal, with a button that copies it. */
export function Command({ command, label = "Copy command" }: { command: string; label?: string }) {
  const { done, run } = useCopy(command);
  return (
    <div className="flex items-start gap-2 rounded-md border border-line bg-rail p-2 pl-3">
      <code className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 break-all whitespace-pre-wrap text-text select-all">
        <span aria-hidden className="mr-2 text-faint select-none">$</span>
        {command}
      </code>
      <Button size="sm" aria-label={label} onClick={run}>
        {done ? <Check className="text-ok" /> : <Copy />}
        {done ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
