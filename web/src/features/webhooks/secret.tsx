import { CopyButton } from "@/ui/copy";

/** The secret that signs, the one time it is shown. */
export function Secret({ secret, previousUntil }: { secret: string; previousUntil?: string | undefined }) {
  return (
    <div className="space-y-3">
      <p className="text-muted">Give it to the receiver now: it is not shown again.</p>
      <div className="flex items-start gap-2 rounded-md border border-line bg-rail p-2 pl-3">
        <code className="min-w-0 flex-1 py-1 font-mono text-xs leading-5 break-all select-all" data-testid="webhook-secret">{secret}</code>
        <CopyButton text={secret} label="Copy secret" />
      </div>
      {previousUntil && <p className="text-muted">Until {new Date(previousUntil).toLocaleString()} the secret before signs, too.</p>}
    </div>
  );
}
