import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { need } from "@/api/load";
import { Facts, Panel } from "@/ui/panel";
import { bytes } from "@/lib/format";
import { useTitle } from "@/lib/title";
import { ServerActions } from "@/features/servers/server-actions";
import { Instances } from "@/features/servers/instances";
import { Problems } from "@/features/servers/problems";
import { serverQuery } from "@/features/servers/queries";
import { serverLook } from "@/features/servers/status";
import { Usage } from "@/features/servers/usage";
import { Crumbs } from "@/ui/crumbs";
import { Id } from "@/ui/copy";
import { Page } from "@/ui/page";
import { State } from "@/ui/state";
import { Ago } from "@/ui/time";

export const Route = createFileRoute("/_app/servers/$serverId")({
  loader: ({ params }) => need(serverQuery(params.serverId)),
  component: ServerPage,
});

function ServerPage() {
  const { serverId } = Route.useParams();
  const { data: server } = useSuspenseQuery(serverQuery(serverId));
  useTitle(server.name);
  const ports = [server.edge_http && `http ${server.edge_http}`, server.edge_https && `https ${server.edge_https}`].filter(Boolean).join(" · ");
  return (
    <Page
      crumbs={<Crumbs items={[{ label: "Servers", link: { to: "/servers" } }]} />}
      title={<span className="flex items-center gap-3">{server.name}<State pill {...serverLook(server.state)} /></span>}
      description={server.state === "offline" && server.reason ? `Offline: ${server.reason}. Its services go on serving; deployments wait for it.` : server.hostname}
      actions={<ServerActions server={server} />}
    >
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_320px]">
        <div className="min-w-0 space-y-4">
          <Problems server={server} />
          <Usage server={server} />
          <Instances server={server} />
        </div>
        <Panel title="About" className="self-start">
          <Facts
            items={[
              ["Id", <Id key="id" id={server.id} />],
              ["Host", server.hostname ?? "not connected yet"],
              ["System", server.os ? `${server.os}/${server.arch ?? ""}` : "–"],
              ["Hardware", server.cores ? `${server.cores} cores · ${bytes(server.memory_bytes ?? 0)}` : "–"],
              ["Runtimes", server.runtimes.join(", ") || "–"],
              ["Edge", ports || "not listening"],
              ["For other servers", server.peer_address ?? "not reachable"],
              ["Agent", server.agent_version ?? "–"],
              ["Join token", <code key="join" className="font-mono text-xs">{server.join_prefix}…</code>],
              ["Connected", server.connected_at ? <Ago key="con" at={server.connected_at} /> : "never"],
              ["Added", <Ago key="add" at={server.created_at} />],
            ]}
          />
        </Panel>
      </div>
    </Page>
  );
}
