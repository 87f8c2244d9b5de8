import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import type { Token } from "@/api/types";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { Due } from "@/ui/time";
import { toast } from "@/ui/toast";
import { NewToken } from "./new-token";
import { revokeToken, tokensQuery } from "./queries";

/** One's tokens, for the command line and for programs, and one's sessions. */
export function Tokens() {
  const { data, error, refetch } = useQuery(tokensQuery);
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const api = data?.items.filter((token) => token.kind !== "session") ?? [];
  const sessions = data?.items.filter((token) => token.kind === "session") ?? [];
  const list = (tokens: Token[], label: string) => (
    <ul aria-label={label}>{tokens.map((token) => <TokenRow key={token.id} token={token} onRevoke={setRevoking} />)}</ul>
  );
  return (
    <>
      <Panel title="API tokens" flush aside={<Button variant="primary" size="sm" onClick={() => setAdding(true)}><Plus aria-hidden />New token</Button>}>
        {error && !data ? <div className="p-4"><Failure title="Tokens could not be loaded" error={error} onRetry={() => void refetch()} /></div>
          : !data ? <div className="p-4"><SkeletonLines lines={3} label="Loading tokens" /></div>
          : api.length === 0 ? <Empty icon={KeyRound} title="No tokens yet">The command line and programs log in with a token. Make one, then run <code className="font-mono text-xs">syn login</code>.</Empty>
          : list(api, "API tokens")}
      </Panel>
      {sessions.length > 0 && <Panel title="Sessions" aside={<span>browsers that are logged in as you</span>} flush>{list(sessions, "Sessions")}</Panel>}
      <Dialog open={adding} onOpenChange={setAdding} title="New API token" description="It can do what its role allows, and no more than you.">
        <NewToken onDone={() => setAdding(false)} />
      </Dialog>
      <Confirm
        open={revoking !== null}
        onOpenChange={() => setRevoking(null)}
        title={revoking?.kind === "session" ? "End this session?" : `Revoke ${revoking?.name ?? ""}?`}
        action={revoking?.kind === "session" ? "End session" : "Revoke token"}
        danger
        run={async () => {
          await revokeToken(revoking?.id ?? "");
          toast("ok", revoking?.kind === "session" ? "The session has ended" : `${revoking?.name ?? ""} was revoked`);
        }}
      >
        {revoking?.kind === "session" ? "That browser is logged out at once; it may be this one." : "Whatever uses it is refused from this moment on."}
      </Confirm>
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: (token: Token) => void }) {
  return (
    <li className="flex items-center gap-4 border-t border-line py-2 pr-2 pl-4 first:border-t-0">
      <span className="min-w-0 flex-1 truncate font-medium">{token.name}</span>
      <code className="hidden font-mono text-xs text-muted sm:inline">{token.prefix}…</code>
      <span className="w-20 text-muted">{token.role}</span>
      <span className="w-24 text-right text-xs text-muted">{token.expires_at ? <>ends <Due at={token.expires_at} /></> : "no end"}</span>
      <Button variant="ghost" size="sm" aria-label={token.kind === "session" ? `End session of ${token.prefix}` : `Revoke ${token.name}`} onClick={() => onRevoke(token)}>
        {token.kind === "session" ? "End" : "Revoke"}
      </Button>
    </li>
  );
}
