import { clsx } from "clsx";

/** The shape of what is about to come. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={clsx("block animate-pulse-soft rounded bg-raised", className ?? "h-4 w-full")} />;
}

/** Some lines of text to come, announced once. */
export function SkeletonLines({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-3">
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} className={clsx("h-4", ["w-11/12", "w-3/4", "w-5/6"][i % 3])} />
      ))}
    </div>
  );
}
