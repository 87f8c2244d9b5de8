import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, History, Layers, Play, RefreshCw, Rocket, RotateCw, Square } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/problem";
import type { Deployment, Service } from "@/api/types";
import { operate } from "@/features/services/queries";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { toast } from "@/ui/toast";
import { type ServiceDialog, ServiceDialogs } from "./service-dialogs";
import { deploy } from "./queries";

/** The main action of a service, and the others. */
export function DeployMenu({ service }: { service: Service }) {
  const may = useMay("developer", service.project_id);
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<ServiceDialog | null>(null);
  const [busy, setBusy] = useState(false);
  if (!may) return null;
  const open = (deployment: Deployment) => navigate({ to: "/deployments/$deploymentId", params: { deploymentId: deployment.id } });
  const git = service.config.source.kind === "git";
  const live = service.live !== undefined;
  const stopped = service.state === "stopped";

  async function run(what: string, action: () => Promise<unknown>) {
    setBusy(true);
    try {
      await action();
    } catch (error) {
      toast("bad", `${what} was refused`, messageOf(error));
    } finally {
      setBusy(false);
    }
  }
  const start = (kind: "deploy" | "redeploy") => void run("The deployment", async () => open(await deploy(service.id, { kind })));
  const operation = (kind: "restart" | "start", text: string) =>
    void run(`The ${kind}`, async () => {
      await operate(service.id, kind);
      toast("busy", text);
    });
  return (
    <div className="flex">
      <Button variant="primary" className="rounded-r-none" busy={busy} onClick={() => (git ? start("deploy") : setDialog("upload"))}>
        <Rocket aria-hidden />Deploy
      </Button>
      <Menu
        trigger={
          <Button variant="primary" className="rounded-l-none border-l border-white/25 px-2" aria-label="More actions">
            <ChevronDown aria-hidden />
          </Button>
        }
      >
        <MenuItem icon={<Rocket aria-hidden />} note={git ? `Builds ${service.config.source.branch ?? "main"} anew.` : "From an archive, or with syn deploy."} onSelect={() => (git ? start("deploy") : setDialog("upload"))}>
          {git ? "Deploy" : "Deploy…"}
        </MenuItem>
        <MenuItem icon={<RefreshCw aria-hidden />} disabled={!live} note="The live release's artifact with today's env and settings." onSelect={() => start("redeploy")}>Redeploy</MenuItem>
        <MenuItem icon={<History aria-hidden />} disabled={!live} note={service.warm.length > 0 ? "The release before is warm: at once." : "An earlier release, whole."} onSelect={() => setDialog("rollback")}>Roll back to…</MenuItem>
        <MenuLine />
        <MenuItem icon={<RotateCw aria-hidden />} disabled={!live || stopped} note="Replica by replica, without a gap." onSelect={() => operation("restart", `Restarting ${service.slug}`)}>Restart</MenuItem>
        <MenuItem icon={<Layers aria-hidden />} disabled={!live} onSelect={() => setDialog("scale")}>Scale…</MenuItem>
        {stopped ? (
          <MenuItem icon={<Play aria-hidden />} onSelect={() => operation("start", `Starting ${service.slug}`)}>Start</MenuItem>
        ) : (
          <MenuItem danger icon={<Square aria-hidden />} disabled={!live} onSelect={() => setDialog("stop")}>Stop…</MenuItem>
        )}
      </Menu>
      <ServiceDialogs service={service} dialog={dialog} close={() => setDialog(null)} onDeployment={open} />
    </div>
  );
}
