import { ChevronRight } from "lucide-react";
import { clsx } from "clsx";
import { useId, useState } from "react";
import { messageOf } from "@/api/problem";
import type { Delivery } from "@/api/types";
import { Button } from "@/ui/button";
import { Id } from "@/ui/copy";
import { Facts } from "@/ui/panel";
import { State, type Tone } from "@/ui/state";
import { Ago, Due } from "@/ui/time";
import { toast } from "@/ui/toast";
import { redeliver } from "./queries";

/** How a delivery stands, in a word. */
export function deliveryLook({ state, attempts }: Pick<Delivery, "state" | "attempts">): { tone: Tone; label: string } {
  if (state === "delivered") return { tone: "ok", label: "Delivered" };
  if (state === "dead") return { tone: "bad", label: "Given up" };
  return attempts > 0 ? { tone: "warn", label: "Retrying" } : { tone: "busy", label: "Pending" };
}

/** One message: its state, and on demand what was sent and answered. */
export function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const id = useId();
  async function again() {
    setBusy(true);
    try {
      await redeliver(delivery);
      toast("ok", "The message is sent again");
    } catch (refusal) {
      toast("bad", messageOf(refusal));
    } finally {
      setBusy(false);
    }
  }
  return (
    <li className="border-t border-line first:border-t-0">
      <div className="flex items-center gap-3 py-1.5 pr-3 pl-5">
        <button type="button" className="flex min-w-0 flex-1 items-center gap-2 py-1 text-left" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          <ChevronRight aria-hidden className={clsx("size-3.5 shrink-0 text-faint motion", open && "rotate-90")} />
          <span className="min-w-0 flex-1 truncate font-medium">{delivery.type}</span>
          <State {...deliveryLook(delivery)} />
          <span className="w-20 text-right text-xs text-muted"><Ago at={delivery.created_at} /></span>
        </button>
        <Button size="sm" busy={busy} disabled={busy} aria-label={`Redeliver ${delivery.type}`} onClick={() => void again()}>Redeliver</Button>
      </div>
      {open && (
        <div id={id} className="space-y-3 pr-5 pb-4 pl-10">
          <Facts
            items={[
              ["Message", <Id key="id" id={delivery.id} />],
              ["Tries", <span key="tries" className="tabular">{delivery.attempts}{delivery.attempts > 0 && `, the last took ${delivery.millis} ms`}</span>],
              ...(delivery.error ? [["Failed", <span key="error" className="text-bad">{delivery.error}</span>] as [string, React.ReactNode]] : []),
              ...(delivery.next_at ? [["Next try", <Due key="next" at={delivery.next_at} />] as [string, React.ReactNode]] : []),
              ...(delivery.answer_status ? [["Answer", <span key="status" className="tabular">{delivery.answer_status}</span>] as [string, React.ReactNode]] : []),
            ]}
          />
          {delivery.answer && <Text label="Start of the answer" text={delivery.answer} />}
          <Text label="Payload" text={pretty(delivery.payload)} />
        </div>
      )}
    </li>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  return (
    <div className="space-y-1">
      <p className="text-xs text-muted">{label}</p>
      {/* Reachable by keyboard, since it scrolls. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} aria-label={label} role="group" className="max-h-64 overflow-auto rounded-md border border-line bg-rail p-3 font-mono text-xs break-all whitespace-pre-wrap">{text}</pre>
    </div>
  );
}

/** JSON with line breaks; what is none stays as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
