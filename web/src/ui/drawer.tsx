import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { IconButton } from "./button";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

/** A window at the right of the page that keeps the focus until it is closed; for looking through what belongs to one thing. */
export function Drawer({ open, onOpenChange, title, description, children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-black/50" />
        <Radix.Content
          className="fixed inset-y-0 right-0 z-50 flex w-full max-w-xl animate-appear flex-col border-l border-line-strong bg-surface"
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="space-y-1 border-b border-line py-4 pr-14 pb-3 pl-5">
            <Radix.Title className="truncate text-lg font-semibold">{title}</Radix.Title>
            {description && <Radix.Description asChild><div className="text-muted">{description}</div></Radix.Description>}
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
          {/* Last, so that the focus begins in the content. */}
          <Radix.Close asChild><IconButton label="Close" className="absolute top-3.5 right-3.5"><X /></IconButton></Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
