import { createFileRoute } from "@tanstack/react-router";
import { MailX } from "lucide-react";
import { JoinAsMe } from "@/features/join/join-as-me";
import { JoinFrame, OfferText } from "@/features/join/join-card";
import { JoinWithAccount } from "@/features/join/join-with-account";
import { openInvitation } from "@/features/join/queries";
import { useTitle } from "@/lib/title";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";

export const Route = createFileRoute("/join/$token")({
  loader: ({ params, abortController }) => openInvitation(params.token, abortController.signal),
  component: Join,
  errorComponent: ({ error, reset }) => <JoinFailed error={error} retry={reset} />,
});

function Join() {
  const { token } = Route.useParams();
  const { offer, me } = Route.useLoaderData();
  useTitle(offer ? `Join ${offer.organization.name}` : "Join");
  if (!offer) {
    return (
      <JoinFrame>
        <Empty page icon={MailX} title="This invitation is not valid">It was used, revoked or has expired. Ask whoever sent it for another one.</Empty>
      </JoinFrame>
    );
  }
  return (
    <JoinFrame>
      <OfferText offer={offer} />
      {me ? <JoinAsMe token={token} offer={offer} me={me} /> : <JoinWithAccount token={token} offer={offer} />}
    </JoinFrame>
  );
}

function JoinFailed({ error, retry }: { error: unknown; retry: () => void }) {
  useTitle("Join");
  return <JoinFrame><h1 className="sr-only">Join</h1><Failure title="The invitation could not be opened" error={error} onRetry={retry} /></JoinFrame>;
}
