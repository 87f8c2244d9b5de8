import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Deployment } from "@/api/types";
import { ActivityList } from "@/features/activity/activity-list";
import { activityQuery } from "@/features/activity/queries";
import { DeploymentLine } from "@/features/deployments/deployment-line";
import { Panel } from "@/ui/panel";
import { SkeletonLines } from "@/ui/skeleton";

const more = "text-accent-text hover:underline";

/** What changed last: deployments, and everything else. */
export function LastChanges({ deployments }: { deployments: Deployment[] | undefined }) {
  const activity = useInfiniteQuery(activityQuery({ limit: 10 })).data?.pages[0]?.items;
  return (
    <>
      <Panel title="Last deployments" flush aside={<Link to="/deployments" className={more}>All deployments</Link>}>
        {!deployments ? <div className="p-4"><SkeletonLines lines={4} label="Loading deployments" /></div>
          : deployments.length === 0 ? <p className="p-4 text-muted">None yet.</p>
          : <ul>{deployments.map((each) => <DeploymentLine key={each.id} named deployment={each} />)}</ul>}
      </Panel>
      <Panel title="Last changes" flush aside={<Link to="/activity" className={more}>All activity</Link>}>
        {activity ? <ActivityList label="Last changes" items={activity} /> : <div className="p-4"><SkeletonLines lines={4} label="Loading activity" /></div>}
      </Panel>
    </>
  );
}
