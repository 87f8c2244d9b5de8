import { useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useEffect, useMemo } from "react";
import { ActivityList } from "@/features/activity/activity-list";
import { activityQuery } from "@/features/activity/queries";
import { deploymentsQuery } from "@/features/deployments/queries";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";

/** Pages read by itself before it asks whether to look further back. */
const PAGES = 5;
const ENOUGH = 30;

/** What happened to one service and its deployments, out of the organization's activity. */
export function ServiceHistory({ serviceId }: { serviceId: string }) {
  const deployments = useInfiniteQuery(deploymentsQuery({ service: serviceId }));
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(activityQuery(200));
  const items = useMemo(() => {
    if (!data || !deployments.data) return undefined;
    const subjects = new Set([serviceId, ...deployments.data.pages.flatMap((page) => page.items.flatMap((each) => [each.id, each.release?.id ?? ""]))]);
    return data.pages.flatMap((page) => page.items).filter((entry) => subjects.has(entry.subject));
  }, [data, deployments.data, serviceId]);
  const pages = data?.pages.length ?? 0;
  const short = items !== undefined && items.length < ENOUGH && pages < PAGES;
  useEffect(() => {
    if (short && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [short, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const failed = error ?? deployments.error;
  if (failed && !items) return <Failure title="History could not be loaded" error={failed} onRetry={() => void refetch()} />;
  return (
    <div className="mx-auto max-w-5xl rounded-lg border border-line bg-surface">
      {!items ? <div className="p-4"><SkeletonLines lines={8} label="Loading history" /></div>
        : items.length === 0 && !hasNextPage ? <Empty icon={History} title="Nothing has happened yet">Deployments and changes of this service appear here, with who made them.</Empty>
        : <ActivityList label="History" items={items} />}
      {hasNextPage && <div className="border-t border-line p-2 text-center"><Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>Look further back</Button></div>}
    </div>
  );
}
