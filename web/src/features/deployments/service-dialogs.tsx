import type { Deployment, Service } from "@/api/types";
import { operate } from "@/features/services/queries";
import { ScaleForm } from "@/features/services/scale-form";
import { count } from "@/lib/format";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { toast } from "@/ui/toast";
import { RollbackChoice } from "./rollback-choice";
import { UploadForm } from "./upload-form";

export type ServiceDialog = "upload" | "rollback" | "scale" | "stop";

interface Props {
  service: Service;
  dialog: ServiceDialog | null;
  close: () => void;
  onDeployment: (deployment: Deployment) => Promise<unknown>;
}

/** The actions on a service that ask something first. */
export function ServiceDialogs({ service, dialog, close, onDeployment }: Props) {
  const started = (deployment: Deployment) => {
    close();
    void onDeployment(deployment);
  };
  return (
    <>
      <Dialog open={dialog === "upload"} onOpenChange={close} title={`Deploy ${service.slug}`} description="This service is deployed from a directory of yours." wide>
        <UploadForm service={service} onStarted={started} onCancel={close} />
      </Dialog>
      <Dialog
        open={dialog === "rollback"}
        onOpenChange={close}
        title={`Roll back ${service.slug}`}
        description="The release comes back whole: artifact, env and settings as they were. Automatic deployments pause until you resume them."
        wide
      >
        <RollbackChoice service={service} onStarted={started} onCancel={close} />
      </Dialog>
      <Dialog open={dialog === "scale"} onOpenChange={close} title={`Scale ${service.slug}`} description={`${count(service.replicas, "replica")} now.`}>
        <ScaleForm service={service} onDone={close} />
      </Dialog>
      <Confirm
        open={dialog === "stop"}
        onOpenChange={close}
        title={`Stop ${service.slug}?`}
        action={`Stop ${service.slug}`}
        danger
        run={async () => {
          await operate(service.id, "stop");
          toast("busy", `Stopping ${service.slug}`);
        }}
      >
        Its {count(service.replicas, "replica")} will end, and {service.url || service.host} will answer 503 until it is started again. The release, env and settings stay.
      </Confirm>
    </>
  );
}
