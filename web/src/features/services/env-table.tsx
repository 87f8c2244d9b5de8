import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Environment, Service, Variable } from "@/api/types";
import { useMay } from "@/features/session/session";
import { Button, IconButton } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Command } from "@/ui/copy";
import { Dialog } from "@/ui/dialog";
import { Empty } from "@/ui/empty";
import { Panel } from "@/ui/panel";
import { Ago } from "@/ui/time";
import { toast } from "@/ui/toast";
import { EnvForm } from "./env-form";
import { changeEnv } from "./queries";

/** The names of a service's variables. Their values are encrypted and never shown again. */
export function EnvTable({ service, env }: { service: Service; env: Environment }) {
  const may = useMay("developer", service.project_id);
  const [editing, setEditing] = useState<string | null>(null);
  const [removing, setRemoving] = useState<Variable | null>(null);
  const add = may && <Button variant="primary" size="sm" onClick={() => setEditing("")}><Plus aria-hidden />Add variables</Button>;
  return (
    <>
      <Panel title="Variables" aside={<><span>version {env.version}</span>{add}</>} flush>
        {env.items.length === 0 ? (
          <Empty icon={KeyRound} title="No variables yet" action={<Command command={`syn env set --project ${service.project_slug} --service ${service.slug} NAME=value`} />}>
            Variables reach the program when it starts. Values are encrypted at once and never shown again.
          </Empty>
        ) : (
          <ul aria-label={`Variables of ${service.slug}`}>
            {env.items.map((variable) => (
              <li key={variable.name} className="flex items-center gap-4 border-t border-line py-1.5 pr-2 pl-4 first:border-t-0">
                <code className="min-w-0 flex-1 truncate font-mono text-xs">{variable.name}</code>
                <span aria-label="value hidden" role="img" className="text-faint">••••••••</span>
                <span className="tabular w-36 text-right text-xs text-muted">v{variable.version} · <Ago at={variable.updated_at} /></span>
                {may && (
                  <span className="flex">
                    <Button variant="ghost" size="sm" aria-label={`Change ${variable.name}`} onClick={() => setEditing(variable.name)}>Change</Button>
                    <IconButton label={`Remove ${variable.name}`} onClick={() => setRemoving(variable)}><Trash2 /></IconButton>
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Dialog
        open={editing !== null}
        onOpenChange={() => setEditing(null)}
        title={editing ? `Change ${editing}` : "Add variables"}
        description="Values are encrypted at once and never shown again. They take effect with the next deployment."
        wide
      >
        <EnvForm service={service} name={editing ?? ""} onDone={() => setEditing(null)} />
      </Dialog>
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Remove ${removing?.name ?? ""}?`}
        action="Remove variable"
        danger
        run={async () => {
          await changeEnv(service.id, { unset: [removing?.name ?? ""] });
          toast("ok", `${removing?.name ?? ""} was removed`);
        }}
      >
        From the next deployment on, {service.slug} starts without it. What runs now keeps it. Its value cannot be shown or restored, but a rollback to an earlier release brings it back.
      </Confirm>
    </>
  );
}
