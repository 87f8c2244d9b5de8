import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { useState } from "react";
import type { DeliveryState, Webhook } from "@/api/types";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { SelectField } from "@/ui/field";
import { SkeletonLines } from "@/ui/skeleton";
import { DeliveryRow } from "./delivery-row";
import { deliveriesQuery } from "./queries";

const STATES: { value: DeliveryState | ""; label: string }[] = [
  { value: "", label: "All" },
  { value: "pending", label: "Pending" },
  { value: "delivered", label: "Delivered" },
  { value: "dead", label: "Given up" },
];

/** What was sent to a webhook, and what became of it. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const [state, setState] = useState<DeliveryState | "">("");
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(deliveriesQuery(webhook.id, state || undefined));
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <div className="border-b border-line px-5 py-3">
        <SelectField label="State" value={state} options={STATES} onChange={(value) => setState(value as DeliveryState | "")} />
      </div>
      {error && !data ? <div className="p-5"><Failure title="Deliveries could not be loaded" error={error} onRetry={() => void refetch()} /></div>
        : !data ? <div className="p-5"><SkeletonLines lines={4} label="Loading deliveries" /></div>
        : items.length === 0 ? (
          <Empty icon={Inbox} title={state ? "No results" : "Nothing was sent yet"}>
            {state ? "No delivery is in this state." : "The next event that this webhook is told of shows here. A test message does, too."}
          </Empty>
        )
        : <ul aria-label="Deliveries">{items.map((each) => <DeliveryRow key={each.id} delivery={each} />)}</ul>}
      {hasNextPage && <div className="border-t border-line p-2 text-center"><Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show older</Button></div>}
    </>
  );
}
