import { Ellipsis, ListChecks } from "lucide-react";
import { useState } from "react";
import type { Webhook } from "@/api/types";
import { Button, IconButton } from "@/ui/button";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { State } from "@/ui/state";
import { toast } from "@/ui/toast";
import { messageOf } from "@/api/problem";
import { eventsLine } from "./events";
import { changeWebhook, testWebhook } from "./queries";

export type Asked = "edit" | "rotate" | "delete" | "deliveries";

interface Props { webhook: Webhook; project?: string | undefined; onAsk: (what: Asked) => void }

/** What a webhook is called. */
export function nameOf(webhook: Webhook): string {
  return webhook.name || webhook.host;
}

/** One webhook: where it is, what it is told of, and what can be done with it. */
export function WebhookRow({ webhook, project, onAsk }: Props) {
  const [testing, setTesting] = useState(false);
  const name = nameOf(webhook);
  async function test() {
    setTesting(true);
    try {
      const { state, error } = await testWebhook(webhook.id);
      if (state === "delivered") toast("ok", `${name} has the test message`);
      else toast("bad", `The test message has not arrived: ${error ?? "no answer yet"}`);
    } catch (refusal) {
      toast("bad", messageOf(refusal));
    } finally {
      setTesting(false);
    }
  }
  const enable = (enabled: boolean) => void changeWebhook(webhook.id, { enabled }).catch((refusal: unknown) => toast("bad", messageOf(refusal)));
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line py-2 pr-2 pl-4 first:border-t-0">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate font-medium" title={name}>{name}</p>
        <p className="truncate text-xs text-muted" title={webhook.events.join(", ")}>
          {webhook.name && <><code className="font-mono">{webhook.host}</code> · </>}
          {eventsLine(webhook.events)}
          {project && <> · project {project}</>}
        </p>
        {webhook.reason && <p className="text-xs text-warn">{webhook.reason}</p>}
      </div>
      <State {...(webhook.enabled ? { tone: "ok", label: "Enabled" } : { tone: "idle", label: "Disabled" })} />
      <span className="flex items-center gap-1">
        <Button size="sm" aria-label={`Deliveries of ${name}`} onClick={() => onAsk("deliveries")}><ListChecks aria-hidden />Deliveries</Button>
        <Button size="sm" aria-label={`Test ${name}`} busy={testing} disabled={testing || !webhook.enabled} onClick={() => void test()}>Test</Button>
        <Menu trigger={<IconButton label={`More of ${name}`}><Ellipsis /></IconButton>}>
          <MenuItem onSelect={() => onAsk("edit")}>Edit</MenuItem>
          <MenuItem onSelect={() => onAsk("rotate")} note="The present one signs for a day longer">Rotate secret</MenuItem>
          {webhook.enabled
            ? <MenuItem onSelect={() => enable(false)} note="What happens meanwhile is not sent, and what waits is given up">Disable</MenuItem>
            : <MenuItem onSelect={() => enable(true)}>Enable</MenuItem>}
          <MenuLine />
          <MenuItem danger onSelect={() => onAsk("delete")}>Delete</MenuItem>
        </Menu>
      </span>
    </li>
  );
}
