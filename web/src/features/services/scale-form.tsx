import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Service } from "@/api/types";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { NumberField } from "@/ui/field";
import { toast } from "@/ui/toast";
import { operate } from "./queries";

const MAX_REPLICAS = 20;

export function ScaleForm({ service, onDone }: { service: Service; onDone: () => void }) {
  const [replicas, setReplicas] = useState<number | undefined>(service.replicas);
  const scale = useMutation({
    mutationFn: () => operate(service.id, "scale", replicas),
    onSuccess: () => {
      toast("busy", `Scaling ${service.slug} to ${replicas ?? 1}`);
      onDone();
    },
  });
  const valid = replicas !== undefined && Number.isInteger(replicas) && replicas >= 1 && replicas <= MAX_REPLICAS;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        scale.mutate();
      }}
    >
      <NumberField label="Replicas" value={replicas} onChange={setReplicas} min={1} max={MAX_REPLICAS} step={1} hint={`1 to ${MAX_REPLICAS}. New ones take traffic when they are healthy.`} />
      {scale.error && <div className="mt-3"><Failure title={`${service.slug} could not be scaled`} error={scale.error} /></div>}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={scale.isPending} disabled={!valid || scale.isPending}>Scale</Button>
      </DialogActions>
    </form>
  );
}
