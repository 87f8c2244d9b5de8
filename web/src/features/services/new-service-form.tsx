import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Config, Project, Server } from "@/api/types";
import { serverLook } from "@/features/servers/status";
import { slugError, slugOf } from "@/lib/slug";
import { Button, buttonClass } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { NumberField, SelectField, TextField } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { UnsavedGuard } from "@/ui/unsaved";
import { createService } from "./queries";
import { SourceFields } from "./source-fields";

/** Names a service, chooses its server and its source. */
export function NewServiceForm({ project, servers }: { project: Project; servers: Server[] }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [server, setServer] = useState((servers.find((each) => each.state === "online") ?? servers[0])?.id ?? "");
  const [source, setSource] = useState<Config["source"]>({ kind: "upload" });
  const [port, setPort] = useState<number>();
  const slug = slugOf(name);
  const create = useMutation({
    mutationFn: () => createService({ project_id: project.id, server_id: server, slug, config: { source, build: {}, run: port ? { port } : {}, health: {}, rollout: {} } }),
    onSuccess: (service) => navigate({ to: "/services/$serviceId", params: { serviceId: service.id } }),
  });
  const complete = slugError(slug) === "" && server !== "" && (source.kind !== "git" || Boolean(source.repository));
  if (servers.length === 0) {
    return (
      <Panel title="First, a server">
        <p className="mb-4 text-muted">A service runs on a server, and there is none yet.</p>
        <Link to="/servers" search={{ add: true }} className={buttonClass("primary")}>Add a server</Link>
      </Panel>
    );
  }
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Panel title="Service">
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label="Name" value={name} onChange={setName} placeholder="web" autoComplete="off" required hint={<>Address: <code className="font-mono">{slug || "…"}-{project.slug}.localhost</code></>} />
          <SelectField
            label="Server"
            value={server}
            onChange={setServer}
            options={servers.map((each) => ({ value: each.id, label: `${each.name} · ${serverLook(each.state).label.toLowerCase()}` }))}
            hint="Where it is built and runs."
          />
          <NumberField label="Port" value={port} onChange={setPort} min={1} max={65535} fallback="PORT" hint="Where the program listens. Empty: it listens on $PORT." />
        </div>
      </Panel>
      <Panel title="Source">
        <SourceFields source={source} onChange={setSource} />
      </Panel>
      <UnsavedGuard unsaved={name !== "" && create.isIdle} what="the new service" />
      {create.error && <Failure title={`Service ${slug} could not be created`} error={create.error} />}
      <div className="flex justify-end gap-2">
        <Link to="/projects/$projectId" params={{ projectId: project.id }} className={buttonClass()}>Cancel</Link>
        <Button type="submit" variant="primary" busy={create.isPending} disabled={create.isPending || !complete}>Create service</Button>
      </div>
    </form>
  );
}
