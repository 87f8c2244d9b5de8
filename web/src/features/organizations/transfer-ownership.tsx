import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { nameOf } from "@/features/members/roles";
import { membersQuery } from "@/features/members/queries";
import { useMe } from "@/features/session/session";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { SelectField } from "@/ui/field";
import { toast } from "@/ui/toast";
import { transferOwnership } from "./queries";

export function TransferOwnership({ onDone }: { onDone: () => void }) {
  const { user } = useMe();
  const others = useQuery(membersQuery).data?.items.filter((each) => each.user.id !== user.id) ?? [];
  const [to, setTo] = useState("");
  const transfer = useMutation({
    mutationFn: () => transferOwnership(to),
    onSuccess: () => {
      toast("ok", "The ownership was transferred", "You are admin now.");
      onDone();
    },
  });
  const options = [{ value: "", label: "Choose a member" }, ...others.map(({ user: each }) => ({ value: each.id, label: nameOf(each) }))];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        transfer.mutate();
      }}
    >
      {others.length === 0 ? <p className="text-muted">There is nobody else in this organization: invite somebody first.</p> : <SelectField label="New owner" value={to} onChange={setTo} options={options} />}
      {transfer.error && <div className="mt-3"><Failure title="The ownership was not transferred" error={transfer.error} /></div>}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="danger" busy={transfer.isPending} disabled={transfer.isPending || to === ""}>Transfer ownership</Button>
      </DialogActions>
    </form>
  );
}
