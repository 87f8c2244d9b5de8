import { type ReactNode, useId, useState } from "react";
import { Button } from "./button";
import { Dialog, DialogActions } from "./dialog";
import { Failure } from "./failure";
import { inputClass } from "./field";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Names the thing: "Stop web?" */
  title: string;
  /** What will stop, and what will not. */
  children: ReactNode;
  action: string;
  danger?: boolean;
  /** What must be typed first, for what cannot be undone. */
  typed?: string;
  run: () => Promise<unknown>;
}

/** Asks before something stops; stays open, with the reason, where it is refused. */
export function Confirm({ open, onOpenChange, ...rest }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={rest.title} description={rest.children}>
      <Body {...rest} close={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Body({ action, danger, typed, run, close }: Omit<Props, "open" | "onOpenChange"> & { close: () => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function submit() {
    setBusy(true);
    setError(null);
    try {
      await run();
      close();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {typed && (
        <label htmlFor={id} className="mt-2 block space-y-1.5">
          <span className="text-muted">Type <code className="font-mono text-text">{typed}</code> to confirm</span>
          <input id={id} className={inputClass} value={text} autoComplete="off" onChange={(event) => setText(event.target.value)} />
        </label>
      )}
      {error !== null && <div className="mt-3"><Failure title="It was refused" error={error} /></div>}
      <DialogActions>
        <Button onClick={close}>Keep as it is</Button>
        <Button type="submit" variant={danger ? "danger" : "primary"} busy={busy} disabled={busy || (typed !== undefined && text !== typed)}>
          {action}
        </Button>
      </DialogActions>
    </form>
  );
}
