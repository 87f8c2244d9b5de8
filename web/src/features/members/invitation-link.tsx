import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { copy } from "@/lib/clipboard";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Due } from "@/ui/time";

interface Props { invitation: { email: string; link: string; expires_at: string }; onDone: () => void }

/** The link of a new invitation, which is shown this once. */
export function InvitationLink({ invitation, onDone }: Props) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="space-y-3">
      <p>Send this link to <strong className="font-medium">{invitation.email}</strong> yourself. <span className="text-muted">No mail was sent, and it is not shown again.</span></p>
      <div className="rounded-md border border-line bg-rail p-3 font-mono text-xs break-all select-all" data-testid="link">{invitation.link}</div>
      <p className="text-muted">It lets one person in, whoever has it, and ends <Due at={invitation.expires_at} />.</p>
      <DialogActions>
        <Button onClick={() => void copy(invitation.link).then(setCopied)}>{copied ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}{copied ? "Copied" : "Copy link"}</Button>
        <Button variant="primary" onClick={onDone}>Done</Button>
      </DialogActions>
    </div>
  );
}
