import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { Search } from "lucide-react";
import { Kbd } from "@/ui/kbd";
import { type Entry, useEntries } from "./entries";

interface Props { close: () => void; showShortcuts: () => void }

/** Jumps to anything and runs any action the role allows. */
export default function Palette({ close, showShortcuts }: Props) {
  const navigate = useNavigate();
  const groups = useEntries(navigate, showShortcuts);
  const run = (entry: Entry) => {
    close();
    entry.run();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-appear bg-black/50" />
        <Dialog.Content aria-describedby={undefined} className="fixed top-[14vh] left-1/2 z-50 w-[calc(100vw-32px)] max-w-xl -translate-x-1/2 animate-appear overflow-hidden rounded-xl border border-line-strong bg-surface">
          <Dialog.Title className="sr-only">Command palette</Dialog.Title>
          <Command loop label="Command palette">
            <div className="flex h-12 items-center gap-2.5 border-b border-line px-4">
              <Search aria-hidden className="size-4 text-muted" />
              <Command.Input placeholder="Jump to or run…" className="h-full flex-1 bg-transparent text-base outline-none placeholder:text-faint" />
              <Kbd>Esc</Kbd>
            </div>
            <Command.List className="max-h-[52vh] overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-8 text-center text-muted">Nothing goes by that name.</Command.Empty>
              {groups.map(({ heading, entries }) => (
                <Command.Group key={heading} heading={heading} className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted">
                  {entries.map((entry) => (
                    <Command.Item
                      key={entry.id}
                      value={`${entry.label} ${entry.note ?? ""} ${entry.id}`}
                      onSelect={() => run(entry)}
                      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 data-[selected=true]:bg-hover"
                    >
                      <entry.icon aria-hidden className="size-4 shrink-0 text-muted" />
                      <span className="truncate">{entry.label}</span>
                      {entry.note && <span className="truncate text-muted">{entry.note}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
