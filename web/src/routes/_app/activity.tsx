import { useInfiniteQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { Activity as ActivityIcon } from "lucide-react";
import { early } from "@/api/load";
import { queryClient } from "@/api/query";
import { ActivityList } from "@/features/activity/activity-list";
import { activityQuery } from "@/features/activity/queries";
import { useTitle } from "@/lib/title";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";
import { Page } from "@/ui/page";
import { SkeletonLines } from "@/ui/skeleton";

export const Route = createFileRoute("/_app/activity")({
  loader: () => early(queryClient.infiniteQuery(activityQuery())),
  component: ActivityPage,
});

function ActivityPage() {
  useTitle("Activity");
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(activityQuery());
  const items = data?.pages.flatMap((page) => page.items);
  return (
    <Page title="Activity" description="Everything that changed and who changed it. It comes from the log of facts: nothing can be missing from it, or taken out.">
      {error && !items ? <Failure title="Activity could not be loaded" error={error} onRetry={() => void refetch()} /> : (
        <div className="rounded-lg border border-line bg-surface">
          {!items ? <div className="p-4"><SkeletonLines lines={8} label="Loading activity" /></div>
            : items.length === 0 ? <Empty icon={ActivityIcon} title="Nothing has happened yet">What you and others change appears here.</Empty>
            : <ActivityList label="Activity" items={items} />}
          {hasNextPage && <div className="border-t border-line p-2 text-center"><Button variant="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>Show older</Button></div>}
        </div>
      )}
    </Page>
  );
}
