import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { IconButton } from "./button";
import { State, type Tone } from "./state";

interface Note { id: number; tone: Tone; text: string; detail?: string }

let notes: Note[] = [];
let counter = 0;
const listeners = new Set<() => void>();

function set(next: Note[]) {
  notes = next;
  for (const listener of listeners) listener();
}

/** Says in passing what happened. What must not be missed belongs on the page instead. */
export function toast(tone: Tone, text: string, detail?: string): void {
  set([...notes.slice(-2), { id: ++counter, tone, text, ...(detail ? { detail } : {}) }]);
}

const dismiss = (id: number) => set(notes.filter((note) => note.id !== id));

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notes,
  );
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed right-4 bottom-4 z-60 flex w-80 flex-col gap-2">
      {shown.map((note) => <Card key={note.id} note={note} />)}
    </div>
  );
}

function Card({ note }: { note: Note }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(note.id), note.tone === "bad" ? 12_000 : 5_000);
    return () => clearTimeout(timer);
  }, [note]);
  return (
    <div className="pointer-events-auto flex animate-appear items-start justify-between gap-2 rounded-lg border border-line-strong bg-surface py-2 pr-1.5 pl-3">
      <div className="min-w-0 py-0.5">
        <State tone={note.tone} label={note.text} />
        {note.detail && <p className="mt-0.5 pl-5 text-xs break-words text-muted">{note.detail}</p>}
      </div>
      <IconButton label="Dismiss" onClick={() => dismiss(note.id)}><X /></IconButton>
    </div>
  );
}
