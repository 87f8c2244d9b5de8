import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import type { Service } from "@/api/types";
import { DeploymentLine } from "@/features/deployments/deployment-line";
import { deploymentsQuery } from "@/features/deployments/queries";
import { Command, Id } from "@/ui/copy";
import { Empty } from "@/ui/empty";
import { Facts, Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";
import { Replicas } from "./replicas";
import { Troubles } from "./troubles";
import { configFacts } from "./config-facts";

/** A service at a glance: what is wrong, what runs, what changed last. */
export function ServiceOverview({ service }: { service: Service }) {
  const { data } = useInfiniteQuery(deploymentsQuery({ service: service.id }, 6));
  const deployments = data?.pages[0]?.items;
  const params = { serviceId: service.id };
  if (deployments?.length === 0) return <FirstDeployment service={service} />;
  return (
    <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_340px]">
      <div className="min-w-0 space-y-4">
        <Troubles service={service} />
        <Replicas service={service} />
        <Panel title="Last deployments" flush aside={<Link to="/services/$serviceId/deployments" params={params} className="text-accent-text hover:underline">All deployments</Link>}>
          {deployments ? <ul>{deployments.map((each) => <DeploymentLine key={each.id} deployment={each} />)}</ul> : <div className="p-4"><SkeletonLines lines={4} label="Loading deployments" /></div>}
        </Panel>
      </div>
      <Panel title="Setup" className="self-start" aside={<Link to="/services/$serviceId/settings" params={params} className="text-accent-text hover:underline">Change</Link>}>
        <Facts items={[...configFacts(service), ["Id", <Id key="id" id={service.id} />]]} />
      </Panel>
    </div>
  );
}

function FirstDeployment({ service }: { service: Service }) {
  const git = service.config.source.kind === "git";
  return (
    <div className="rounded-lg border border-line bg-surface">
      <Empty icon={Rocket} title={`${service.slug} has never been deployed`} action={!git && <Command command={`syn deploy --project ${service.project_slug} --service ${service.slug}`} />}>
        {git
          ? `Deploy fetches ${service.config.source.branch ?? "main"} of ${service.config.source.repository ?? "its repository"}, builds it and puts it on ${service.url || service.host}.`
          : `Run this in the program's directory: it is built, started, checked, and then served on ${service.url || service.host}. Or press Deploy to send an archive.`}
      </Empty>
    </div>
  );
}
