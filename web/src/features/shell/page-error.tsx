import { Link, type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { Problem } from "@/api/problem";
import { buttonClass } from "@/ui/button";
import { Empty } from "@/ui/empty";
import { Failure } from "@/ui/failure";

/** What a page shows in its place when it cannot be shown; the rest of the dashboard goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof Problem && error.notFound) return <NotFound />;
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="mx-auto w-full max-w-2xl px-6 pt-16">
      <h1 className="sr-only">Trouble</h1>
      <Failure title="This page could not be shown" error={error} onRetry={retry} action={<Link to="/" className={buttonClass("ghost", "sm")}>Go to the overview</Link>} />
    </div>
  );
}

export function NotFound() {
  return (
    <div className="pt-16">
      <Empty icon={Compass} page title="Nothing here" action={<Link to="/" className={buttonClass()}>Go to the overview</Link>}>
        There is no such page, or the thing it showed was removed, or it belongs to another organization.
      </Empty>
    </div>
  );
}
