import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { toast } from "@/ui/toast";
import { changePassword } from "./session";

/** As the server wants it. */
const SHORTEST = 10;

/** Replaces one's own password, which ends all other sessions. */
export function ChangePassword({ email, onDone }: { email: string; onDone: () => void }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      toast("ok", "The password was changed", "All other sessions have ended.");
      onDone();
    },
  });
  const wrong = change.error instanceof Problem && change.error.reason === "wrong_password";
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      {/* Password managers want to know whose password it is. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <TextField label="Current password" type="password" autoComplete="current-password" required value={current} onChange={setCurrent} error={wrong ? "This is not the current password." : undefined} />
      <TextField label="New password" type="password" autoComplete="new-password" required minLength={SHORTEST} maxLength={256} value={next} onChange={setNext} hint={`At least ${SHORTEST} characters.`} />
      {change.error && !wrong && <Failure title="The password was not changed" error={change.error} />}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={change.isPending || current === "" || next.length < SHORTEST}>Change password</Button>
      </DialogActions>
    </form>
  );
}
