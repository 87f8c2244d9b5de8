import { FolderUp, GitBranch } from "lucide-react";
import { clsx } from "clsx";
import { useId } from "react";
import type { Config } from "@/api/types";
import { TextField } from "@/ui/field";

type Source = Config["source"];

const KINDS = [
  { value: "upload", icon: FolderUp, title: "Uploaded directory", text: "You send it with syn deploy, or as an archive from here." },
  { value: "git", icon: GitBranch, title: "Git repository", text: "The server fetches a branch of it at each deployment." },
] as const;

/** Where the code comes from. */
export function SourceFields({ source, onChange, detailed }: { source: Source; onChange: (source: Source) => void; detailed?: boolean }) {
  const group = useId();
  const set = (change: Partial<Source>) => onChange({ ...source, ...change });
  return (
    <fieldset className="space-y-4">
      <legend className="sr-only">Source</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        {KINDS.map(({ value, icon: Icon, title, text }) => (
          <label
            key={value}
            className={clsx(
              "flex cursor-pointer gap-3 rounded-lg border p-3 motion has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text",
              source.kind === value ? "border-accent-text bg-accent-soft" : "border-line-strong hover:bg-hover",
            )}
          >
            <input type="radio" name={group} className="sr-only" checked={source.kind === value} onChange={() => set({ kind: value })} />
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
            <span>
              <span className="block font-medium">{title}</span>
              <span className="text-xs text-muted">{text}</span>
            </span>
          </label>
        ))}
      </div>
      {source.kind === "git" && (
        <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
          <TextField
            name="source.repository" label="Repository"
            mono
            required
            value={source.repository ?? ""}
            onChange={(repository) => set({ repository })}
            placeholder="https://github.com/acme/shop.git"
            hint="An https address, or an absolute path on the server."
            error={source.repository?.includes("@") ? "Leave credentials out: put the token in an env variable and name it below." : undefined}
          />
          <TextField name="source.branch" label="Branch" mono value={source.branch ?? ""} onChange={(branch) => set({ branch })} placeholder="main" />
        </div>
      )}
      {(detailed === true || source.kind === "git") && (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField name="source.directory" label="Directory" optional mono value={source.directory ?? ""} onChange={(directory) => set({ directory })} placeholder="apps/web" hint="The service's root inside the source." />
          {source.kind === "git" && (
            <TextField name="source.token_name" label="Token variable" optional mono value={source.token_name ?? ""} onChange={(token_name) => set({ token_name })} placeholder="GIT_TOKEN" hint="Of a private repository: the env variable that holds its access token." />
          )}
        </div>
      )}
    </fieldset>
  );
}
