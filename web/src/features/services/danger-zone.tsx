import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Service } from "@/api/types";
import { useMay } from "@/features/session/session";
import { count } from "@/lib/format";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Panel } from "@/ui/panel";
import { toast } from "@/ui/toast";
import { deleteService, forgetService } from "./queries";

/** What cannot be undone. */
export function DangerZone({ service }: { service: Service }) {
  const may = useMay("admin", service.project_id);
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <Panel title="Danger zone" className="mt-8">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="min-w-0 text-muted wrap-anywhere"><span className="block font-medium text-text">Delete this service</span>Its replicas end, its addresses are free, its variables are gone. Its history stays.</p>
        <Button variant="danger" onClick={() => setOpen(true)}>Delete service…</Button>
      </div>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={`Delete ${service.slug}?`}
        action={`Delete ${service.slug}`}
        danger
        typed={service.slug}
        run={async () => {
          await deleteService(service.id);
          await navigate({ to: "/projects/$projectId", params: { projectId: service.project_id } });
          forgetService(service.id);
          toast("ok", `${service.slug} was deleted`);
        }}
      >
        {service.live ? `Its ${count(service.replicas, "replica")} will end and ${service.url || service.host} will stop answering, for good.` : "Nothing of it runs."} Variables and releases cannot be restored.
      </Confirm>
    </Panel>
  );
}
