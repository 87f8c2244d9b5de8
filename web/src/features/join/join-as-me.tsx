import { useMutation } from "@tanstack/react-query";
import { messageOf, Problem } from "@/api/problem";
import type { Me, Offer } from "@/api/types";
import { switchTo } from "@/features/organizations/queries";
import { browser } from "@/features/session/anew";
import { logOut } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { toast } from "@/ui/toast";
import { accept } from "./queries";

interface Props { token: string; offer: Offer; me: Me }

/** Joins with the account that is logged in. */
export function JoinAsMe({ token, offer, me }: Props) {
  const join = useMutation({ mutationFn: () => accept(token) });
  const member = join.error instanceof Problem && join.error.reason === "member_already";
  const goThere = useMutation({ mutationFn: () => switchTo(offer.organization.id) });
  const logOutHere = () => {
    logOut().then(
      () => browser.load(`/join/${token}`),
      (error: unknown) => toast("bad", "Could not sign out", messageOf(error)),
    );
  };
  return (
    <div className="space-y-3">
      <p>You are logged in as <strong className="font-medium">{me.user.email}</strong>.</p>
      {me.user.email !== offer.email && <p className="text-muted">The invitation was made for {offer.email}. You can use it all the same.</p>}
      {member ? <p role="status">You belong to {offer.organization.name} already.</p>
        : join.error && <Failure title={`You have not joined ${offer.organization.name}`} error={join.error} />}
      {goThere.error && <Failure title={`Could not open ${offer.organization.name}`} error={goThere.error} />}
      {member
        ? <Button variant="primary" className="w-full" busy={goThere.isPending} onClick={() => goThere.mutate()}>Open {offer.organization.name}</Button>
        : <Button variant="primary" className="w-full" busy={join.isPending} onClick={() => join.mutate()}>Join {offer.organization.name}</Button>}
      <Button variant="ghost" className="w-full" onClick={logOutHere}>Sign out and join as somebody else</Button>
    </div>
  );
}
