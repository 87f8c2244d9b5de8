import { useQuery } from "@tanstack/react-query";
import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { Plus, Server as ServerIcon } from "lucide-react";
import { useState } from "react";
import { warm } from "@/api/load";
import { AddServer } from "@/features/servers/add-server";
import { serverColumns } from "@/features/servers/columns";
import { serversQuery } from "@/features/servers/queries";
import { useMay } from "@/features/session/session";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Page } from "@/ui/page";
import { DataTable } from "@/ui/table";

export const Route = createFileRoute("/_app/servers/")({
  validateSearch: (search: Record<string, unknown>): { add?: true } => (search.add ? { add: true } : {}),
  loader: () => warm(serversQuery),
  component: Servers,
});

function Servers() {
  useTitle("Servers");
  const navigate = useNavigate();
  const search = Route.useSearch();
  const [adding, setAdding] = useState(search.add ?? false);
  const mayAdd = useMay("admin");
  const { data, error, refetch } = useQuery(serversQuery);
  const add = mayAdd && <Button variant="primary" onClick={() => setAdding(true)}><Plus aria-hidden />Add server</Button>;
  return (
    <Page title="Servers" description="Hosts with an agent. Services run on them." actions={add}>
      {error && !data ? <Failure title="Servers could not be loaded" error={error} onRetry={() => void refetch()} /> : (
        <DataTable
          label="Servers"
          columns={serverColumns}
          rows={data?.items}
          onOpen={(server) => void navigate({ to: "/servers/$serverId", params: { serverId: server.id } })}
          empty={
            <Empty icon={ServerIcon} title="No servers yet" action={add}>
              A server is any Linux host that runs the Syntra agent. The agent dials out, so no port needs to be open. Add one to get the command that starts it.
            </Empty>
          }
        />
      )}
      <AddServer open={adding} onOpenChange={setAdding} />
    </Page>
  );
}
