import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { NavigateOptions, useNavigate } from "@tanstack/react-router";
import { Box, Boxes, Building2, Keyboard, LogOut, type LucideIcon, Moon, Plus, RefreshCw, Rocket, RotateCw, ScrollText, Server, Sun, Users } from "lucide-react";
import { messageOf } from "@/api/problem";
import type { MyOrganization, Service } from "@/api/types";
import { deploy, deploymentsQuery } from "@/features/deployments/queries";
import { kindLabel, statusLook } from "@/features/deployments/status";
import { organizationsQuery, switchTo } from "@/features/organizations/queries";
import { projectsQuery } from "@/features/projects/queries";
import { serversQuery } from "@/features/servers/queries";
import { operate, servicesQuery } from "@/features/services/queries";
import { useMay } from "@/features/session/session";
import { SECTIONS } from "@/features/shell/rail";
import { setTheme } from "@/features/shell/theme";
import { useSignOut } from "@/features/shell/user-menu";
import { toast } from "@/ui/toast";

export interface Entry { id: string; label: string; note?: string; icon: LucideIcon; run: () => void }
export interface Group { heading: string; entries: Entry[] }

type Navigate = ReturnType<typeof useNavigate>;
type Go = (options: NavigateOptions) => () => void;

/** Everything one can go to or do from here. */
export function useEntries(navigate: Navigate, showShortcuts: () => void): Group[] {
  const services = useQuery(servicesQuery()).data?.items ?? [];
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const servers = useQuery(serversQuery).data?.items ?? [];
  const deployments = useInfiniteQuery(deploymentsQuery({}, 8)).data?.pages[0]?.items ?? [];
  const organizations = useQuery(organizationsQuery).data?.items ?? [];
  const mayDeploy = useMay("developer");
  const mayAdmin = useMay("admin");
  const signOut = useSignOut();
  const go: Go = (options) => () => void navigate(options);
  return [
    { heading: "Sections", entries: SECTIONS.map(({ label, to, icon }) => ({ id: `section ${label}`, label, icon, run: go({ to: to ?? "/" }) })) },
    { heading: "Services", entries: services.flatMap((each) => serviceEntries(each, go)) },
    { heading: "Projects", entries: projects.map((each) => ({ id: each.id, label: each.name || each.slug, note: each.slug, icon: Boxes, run: go({ to: "/projects/$projectId", params: { projectId: each.id } }) })) },
    { heading: "Servers", entries: servers.map((each) => ({ id: each.id, label: each.name, note: each.state, icon: Server, run: go({ to: "/servers/$serverId", params: { serverId: each.id } }) })) },
    {
      heading: "Last deployments",
      entries: deployments.map((each) => ({
        id: each.id,
        label: `${kindLabel(each.kind)} of ${each.service_slug}`,
        note: statusLook(each.status, each.waiting).label,
        icon: Rocket,
        run: go({ to: "/deployments/$deploymentId", params: { deploymentId: each.id } }),
      })),
    },
    {
      heading: "Actions",
      entries: [
        ...(mayDeploy ? services.flatMap((each) => actionEntries(each, navigate)) : []),
        ...(mayDeploy ? [{ id: "new project", label: "New project", icon: Plus, run: go({ to: "/projects", search: { add: true } }) }] : []),
        ...(mayAdmin ? [{ id: "add server", label: "Add server", icon: Plus, run: go({ to: "/servers", search: { add: true } }) }] : []),
        ...organizations.filter((each) => !each.current).map((each) => ({ id: `switch ${each.id}`, label: `Switch to ${each.name}`, note: each.slug, icon: Building2, run: () => goTo(each) })),
        { id: "members", label: "Members and invitations", icon: Users, run: go({ to: "/settings/members" }) },
        { id: "theme light", label: "Light theme", icon: Sun, run: () => setTheme("light") },
        { id: "theme dark", label: "Dark theme", icon: Moon, run: () => setTheme("dark") },
        { id: "shortcuts", label: "Keyboard shortcuts", icon: Keyboard, run: showShortcuts },
        { id: "sign out", label: "Sign out", icon: LogOut, run: signOut },
      ],
    },
  ].filter((group) => group.entries.length > 0);
}

function goTo({ id, name }: MyOrganization): void {
  switchTo(id).catch((error: unknown) => toast("bad", `Could not switch to ${name}`, messageOf(error)));
}

function serviceEntries(service: Service, go: Go): Entry[] {
  const params = { serviceId: service.id };
  return [
    { id: service.id, label: service.slug, note: service.project_slug, icon: Box, run: go({ to: "/services/$serviceId", params }) },
    { id: `${service.id} logs`, label: `Logs of ${service.slug}`, note: service.project_slug, icon: ScrollText, run: go({ to: "/services/$serviceId/logs", params }) },
  ];
}

function actionEntries(service: Service, navigate: Navigate): Entry[] {
  const entries: Entry[] = [];
  const start = (kind: "deploy" | "redeploy") => () => {
    deploy(service.id, { kind }).then(
      ({ id }) => navigate({ to: "/deployments/$deploymentId", params: { deploymentId: id } }),
      (error: unknown) => toast("bad", "The deployment was refused", messageOf(error)),
    );
  };
  const restart = () => {
    operate(service.id, "restart").then(
      () => toast("busy", `Restarting ${service.slug}`),
      (error: unknown) => toast("bad", "The restart was refused", messageOf(error)),
    );
  };
  if (service.config.source.kind === "git") entries.push({ id: `${service.id} deploy`, label: `Deploy ${service.slug}`, note: service.project_slug, icon: Rocket, run: start("deploy") });
  if (service.live) entries.push({ id: `${service.id} redeploy`, label: `Redeploy ${service.slug}`, note: service.project_slug, icon: RefreshCw, run: start("redeploy") });
  if (service.live && service.state === "running") entries.push({ id: `${service.id} restart`, label: `Restart ${service.slug}`, note: service.project_slug, icon: RotateCw, run: restart });
  return entries;
}
