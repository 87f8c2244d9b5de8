import { useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { ActivityList } from "@/features/activity/activity-list";
import { activityQuery } from "@/features/activity/queries";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { SkeletonLines } from "@/ui/skeleton";

/** What happened to one service, its deployments and its variables. */
export function ServiceHistory({ serviceId }: { serviceId: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(activityQuery({ service: serviceId }));
  const items = data?.pages.flatMap((page) => page.items);
  if (error && !items) return <Failure title="History could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <div className="mx-auto max-w-5xl rounded-lg border border-line bg-surface">
      {!items ? <div className="p-4"><SkeletonLines lines={8} label="Loading history" /></div>
        : items.length === 0 ? <Empty icon={History} title="Nothing has happened yet">Deployments and changes of this service appear here, with who made them.</Empty>
        : <ActivityList label="History" items={items} />}
      {hasNextPage && <div className="border-t border-line p-2 text-center"><Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>Look further back</Button></div>}
    </div>
  );
}
