import { useQuery } from "@tanstack/react-query";
import { History, RefreshCw, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import type { Deployment } from "@/api/types";
import { serviceQuery } from "@/features/services/queries";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { toast } from "@/ui/toast";
import { cancelDeployment, deploy, rollBack } from "./queries";
import { ServiceDialogs } from "./service-dialogs";
import { cancellable, hasEnded } from "./status";

interface Props { deployment: Deployment; onDeployment: (id: string) => void }

/** The buttons that make sense at this moment: cancel while it can be, then roll back, go back to this, or redeploy. */
export function DeploymentActions({ deployment, onDeployment }: Props) {
  const may = useMay("developer", deployment.project_id);
  const [open, setOpen] = useState<"cancel" | "rollback" | "return" | null>(null);
  const [busy, setBusy] = useState(false);
  const { data: service } = useQuery({ ...serviceQuery(deployment.service_id), retry: false });
  const close = () => setOpen(null);
  if (!may || !service) return null;
  const ended = hasEnded(deployment.status);
  const { release } = deployment;
  const isLive = release !== undefined && service.live?.id === release.id;
  const { source } = deployment;
  const again = ended && deployment.kind === "deploy" && deployment.status !== "succeeded" && deployment.status !== "superseded";
  const start = (body: Parameters<typeof deploy>[1]) => {
    setBusy(true);
    deploy(service.id, body)
      .then(({ id }) => onDeployment(id), (error: unknown) => toast("bad", "The deployment was refused", messageOf(error)))
      .finally(() => setBusy(false));
  };
  const retry = () => start({ kind: "deploy", ...(source.upload_id ? { upload_id: source.upload_id } : source.ref ? { ref: source.ref } : {}) });
  return (
    <div className="flex flex-wrap gap-2">
      {cancellable(deployment) && <Button onClick={() => setOpen("cancel")}><X aria-hidden />Cancel</Button>}
      {again && <Button variant="primary" busy={busy} onClick={retry}><RefreshCw aria-hidden />Try again</Button>}
      {ended && !again && service.live && <Button busy={busy} onClick={() => start({ kind: "redeploy" })}><RefreshCw aria-hidden />Redeploy</Button>}
      {ended && isLive && <Button onClick={() => setOpen("rollback")}><History aria-hidden />Roll back…</Button>}
      {ended && release && !isLive && deployment.status === "succeeded" && (
        <Button variant="primary" onClick={() => setOpen("return")}><RotateCcw aria-hidden />Roll back to #{release.number}…</Button>
      )}
      <Confirm
        open={open === "cancel"}
        onOpenChange={close}
        title={`Cancel this deployment of ${deployment.service_slug}?`}
        action="Cancel deployment"
        danger
        run={() => cancelDeployment(deployment.id)}
      >
        What it has built or started so far is thrown away. {service.live ? `Release #${service.live.number} goes on serving.` : "Nothing serves yet, and nothing will."}
      </Confirm>
      <Confirm
        open={open === "return"}
        onOpenChange={close}
        title={`Roll ${deployment.service_slug} back to #${release?.number ?? ""}?`}
        action={`Roll back to #${release?.number ?? ""}`}
        run={async () => onDeployment((await rollBack(service.id, release?.id ?? "")).id)}
      >
        {service.live && `Release #${service.live.number} stops taking traffic once #${release?.number ?? ""} is healthy. `}The release comes back whole: artifact, env and settings. Automatic deployments pause until you resume them.
      </Confirm>
      <ServiceDialogs
        service={service}
        dialog={open === "rollback" ? "rollback" : null}
        close={close}
        onDeployment={(started) => {
          onDeployment(started.id);
          return Promise.resolve();
        }}
      />
    </div>
  );
}
