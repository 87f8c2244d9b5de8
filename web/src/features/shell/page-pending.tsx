import { Skeleton, SkeletonLines } from "@/ui/skeleton";

/** The shape of a page that is on its way. */
export function PagePending() {
  return (
    <div className="mx-auto w-full max-w-[1440px] px-6 pt-6">
      <Skeleton className="mb-2 h-7 w-56" />
      <Skeleton className="mb-6 h-4 w-80" />
      <div className="rounded-lg border border-line bg-surface p-4"><SkeletonLines lines={6} label="Loading page" /></div>
    </div>
  );
}
