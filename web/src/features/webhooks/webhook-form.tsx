import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Webhook } from "@/api/types";
import { projectsQuery } from "@/features/projects/queries";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import { EventChoice } from "./event-choice";
import type { WebhookEvent } from "./events";
import { changeWebhook, createWebhook } from "./queries";
import { Secret } from "./secret";

interface Props {
  /** The webhook to change; none: a new one is made. */
  webhook?: Webhook | undefined;
  onDone: () => void;
}

const FIRST_CHOICE: WebhookEvent[] = ["deployment.failed", "server.lost"];

/** Makes a webhook and shows its secret this once, or changes one. */
export function WebhookForm({ webhook, onDone }: Props) {
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const [url, setUrl] = useState("");
  const [name, setName] = useState(webhook?.name ?? "");
  const [project, setProject] = useState("");
  const [events, setEvents] = useState<WebhookEvent[]>((webhook?.events as WebhookEvent[] | undefined) ?? FIRST_CHOICE);
  const create = useMutation({ mutationFn: () => createWebhook({ url: url.trim(), name: name.trim(), events, ...(project ? { project_id: project } : {}) }) });
  const change = useMutation({
    mutationFn: (id: string) => changeWebhook(id, { name: name.trim(), events, ...(url.trim() ? { url: url.trim() } : {}) }),
    onSuccess: onDone,
  });
  if (create.data) {
    return (
      <>
        <Secret secret={create.data.secret} />
        <DialogActions><Button variant="primary" onClick={onDone}>Done</Button></DialogActions>
      </>
    );
  }
  const error = webhook ? change.error : create.error;
  const busy = create.isPending || change.isPending;
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (webhook) change.mutate(webhook.id);
        else create.mutate();
      }}
    >
      <TextField
        label="URL"
        type="url"
        mono
        value={url}
        onChange={setUrl}
        placeholder={webhook ? `https://${webhook.host}/…` : "https://example.com/hooks/syntra"}
        hint={webhook ? "Leave it empty to keep the present one, which is not shown." : "It is encrypted and not shown again."}
        maxLength={2000}
        required={!webhook}
        optional={webhook !== undefined}
        autoComplete="off"
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="Name" value={name} onChange={setName} placeholder="On-call chat" maxLength={100} optional autoComplete="off" />
        {!webhook && (
          <SelectField
            label="Told of"
            value={project}
            onChange={setProject}
            options={[{ value: "", label: "The whole organization" }, ...projects.map((each) => ({ value: each.id, label: `Project ${each.name || each.slug}` }))]}
          />
        )}
      </div>
      <EventChoice value={events} onChange={setEvents} />
      {error && <Failure title={webhook ? "The webhook was not changed" : "The webhook was not made"} error={error} />}
      <DialogActions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy} disabled={busy || events.length === 0 || (!webhook && url.trim() === "")}>
          {webhook ? "Save" : "Create webhook"}
        </Button>
      </DialogActions>
    </form>
  );
}
