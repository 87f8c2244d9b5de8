import { useQuery } from "@tanstack/react-query";
import { Plus, Webhook as Icon } from "lucide-react";
import { useState } from "react";
import type { Webhook } from "@/api/types";
import { projectsQuery } from "@/features/projects/queries";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { Drawer } from "@/ui/drawer";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { Deliveries } from "./deliveries";
import { deleteWebhook, rotateSecret, webhooksQuery } from "./queries";
import { Secret } from "./secret";
import { WebhookForm } from "./webhook-form";
import { type Asked, WebhookRow, nameOf } from "./webhook-row";

/** The organization's webhooks, with all that an admin can do with them. */
export function Webhooks() {
  const { data, error, refetch } = useQuery(webhooksQuery);
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<{ webhook: Webhook; what: Asked } | null>(null);
  const [rotated, setRotated] = useState<{ secret: string; previousUntil: string | undefined } | null>(null);
  const webhook = asked?.webhook;
  const name = webhook ? nameOf(webhook) : "";
  const shows = (what: Asked) => asked?.what === what;
  const done = () => setAsked(null);
  const add = <Button variant="primary" size="sm" onClick={() => setAdding(true)}><Plus aria-hidden />New webhook</Button>;
  return (
    <>
      <Panel title="Webhooks" flush aside={data && data.items.length > 0 ? add : null}>
        {error && !data ? <div className="p-4"><Failure title="Webhooks could not be loaded" error={error} onRetry={() => void refetch()} /></div>
          : !data ? <div className="p-4"><SkeletonLines lines={3} label="Loading webhooks" /></div>
          : data.items.length === 0 ? (
            <Empty icon={Icon} title="No webhooks yet" action={add}>
              Syntra can tell your chat, your pager or a program of yours what happens: a deployment failed, a server is lost. Each event is a signed POST.
            </Empty>
          )
          : (
            <ul aria-label="Webhooks">
              {data.items.map((each) => (
                <WebhookRow
                  key={each.id}
                  webhook={each}
                  project={each.project_id && (projects.find(({ id }) => id === each.project_id)?.slug ?? each.project_id)}
                  onAsk={(what) => setAsked({ webhook: each, what })}
                />
              ))}
            </ul>
          )}
      </Panel>
      <Dialog open={adding} onOpenChange={setAdding} title="New webhook" description="From then on, what you choose is sent to the URL." wide>
        <WebhookForm onDone={() => setAdding(false)} />
      </Dialog>
      <Dialog open={shows("edit")} onOpenChange={done} title={`Edit ${name}`} wide>
        <WebhookForm webhook={webhook} onDone={done} />
      </Dialog>
      <Drawer open={shows("deliveries")} onOpenChange={done} title={`Deliveries of ${name}`} description="What was sent in the last 30 days, newest first.">
        {webhook && <Deliveries webhook={webhook} />}
      </Drawer>
      <Confirm
        open={shows("rotate")}
        onOpenChange={done}
        title={`Rotate the secret of ${name}?`}
        action="Rotate secret"
        run={async () => {
          const made = await rotateSecret(webhook?.id ?? "");
          setRotated({ secret: made.secret, previousUntil: made.previous_secret_until });
        }}
      >
        You get a new secret. For 24 hours messages are signed with both, so that the receiver can change without losing one.
      </Confirm>
      <Dialog open={rotated !== null} onOpenChange={() => setRotated(null)} title="The new secret">
        {rotated && <Secret {...rotated} />}
      </Dialog>
      <Confirm
        open={shows("delete")}
        onOpenChange={done}
        title={`Delete ${name}?`}
        action="Delete webhook"
        danger
        run={async () => {
          await deleteWebhook(webhook?.id ?? "");
          toast("ok", `${name} was deleted`);
        }}
      >
        Nothing is sent there any more. Its deliveries are deleted, also those that wait.
      </Confirm>
    </>
  );
}
