import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Rocket } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/ui/button";
import { Command } from "@/ui/copy";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { DataTable } from "@/ui/table";
import { deploymentColumns, deploymentColumnsAcross } from "./columns";
import { type DeploymentFilter, deploymentsQuery } from "./queries";

interface Props { filter: DeploymentFilter; command: string; onClear?: () => void }

/** Deployments, the newest first, a page at a time. */
export function DeploymentList({ filter, command, onClear }: Props) {
  const navigate = useNavigate();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(deploymentsQuery(filter));
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  if (error && !data) return <Failure title="Deployments could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <DataTable
      label="Deployments"
      columns={filter.service ? deploymentColumns : deploymentColumnsAcross}
      rows={rows}
      onOpen={(deployment) => void navigate({ to: "/deployments/$deploymentId", params: { deploymentId: deployment.id } })}
      empty={
        filter.status ? (
          <Empty icon={Rocket} title="None in this status" action={onClear && <Button onClick={onClear}>Show all</Button>}>No deployment is or ended that way.</Empty>
        ) : (
          <Empty icon={Rocket} title="No deployments yet" action={<Command command={command} />}>
            A deployment builds a release and moves the traffic to it. Run this in your program&rsquo;s directory, or use Deploy on a service.
          </Empty>
        )
      }
      footer={hasNextPage && <Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show older</Button>}
    />
  );
}
