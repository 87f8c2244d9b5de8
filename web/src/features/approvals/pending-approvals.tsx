import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Approval } from "@/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Panel } from "@/ui/panel";
import { StateIcon } from "@/ui/state";
import { Ago, Due } from "@/ui/time";
import { approve, pendingApprovalsQuery, reject } from "./queries";

interface Asked { approval: Approval; decision: "approve" | "reject" }

/** A card with what waits for a person's decision. It is not there while nothing does. */
export function PendingApprovals({ service }: { service?: string }) {
  const items = useQuery(pendingApprovalsQuery(service)).data?.items ?? [];
  const [asked, setAsked] = useState<Asked | null>(null);
  if (items.length === 0) return null;
  return (
    <Panel title="Waiting for a decision" flush>
      <ul>
        {items.map((approval) => (
          <li key={approval.id} className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-2 first:border-t-0">
            <StateIcon tone="warn" label="Waiting" />
            <div className="min-w-0 flex-1">
              <p className="truncate font-medium">{approval.title}</p>
              <p className="text-xs text-muted"><code className="font-mono">{approval.action}</code> · asked <Ago at={approval.created_at} /> · expires <Due at={approval.expires_at} /></p>
            </div>
            <Button size="sm" onClick={() => setAsked({ approval, decision: "reject" })}>Reject</Button>
            <Button size="sm" variant="primary" onClick={() => setAsked({ approval, decision: "approve" })}>Approve</Button>
          </li>
        ))}
      </ul>
      {asked && (
        <Confirm
          open
          onOpenChange={() => setAsked(null)}
          title={asked.decision === "approve" ? "Approve this?" : "Reject this?"}
          action={asked.decision === "approve" ? "Approve" : "Reject"}
          danger={asked.decision === "reject"}
          run={() => (asked.decision === "approve" ? approve(asked.approval) : reject(asked.approval, ""))}
        >
          {asked.approval.title}. {asked.decision === "approve" ? "It is done once, as it stands now." : "It is not done; whoever asked is told."}
        </Confirm>
      )}
    </Panel>
  );
}
