import { commandKey } from "@/lib/keys";
import { Dialog } from "@/ui/dialog";
import { Kbd } from "@/ui/kbd";
import { SECTIONS } from "./rail";

const KEYS: [keys: string[], what: string][] = [
  [[commandKey, "K"], "Jump to anything, run any action"],
  [["/"], "Search on this page"],
  [["?"], "This help"],
  ...SECTIONS.map(({ key, label }): [string[], string] => [["g", key], label]),
  [["j"], "Next row"],
  [["k"], "Previous row"],
  [["Enter"], "Open the row"],
  [["Esc"], "Close a dialog or menu"],
];

export function ShortcutsHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <dl className="grid grid-cols-1 gap-x-8 sm:grid-cols-2">
        {KEYS.map(([keys, what]) => (
          <div key={what} className="flex items-center justify-between border-b border-line py-1.5">
            <dt className="text-muted">{what}</dt>
            <dd className="flex gap-1">{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
