import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
  icon: LucideIcon;
  title: string;
  /** It is the whole page. */
  page?: boolean;
  /** What this is and why it is empty. */
  children: ReactNode;
  /** The one next step. */
  action?: ReactNode;
}

/** Nothing here yet: what it is, why it is empty, what to do next. */
export function Empty({ icon: Icon, title, page, children, action }: Props) {
  const Heading = page ? "h1" : "h2";
  return (
    <div className="mx-auto flex max-w-lg flex-col items-center px-6 py-14 text-center">
      <span className="mb-4 grid size-10 place-items-center rounded-lg border border-line bg-raised text-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <Heading className="max-w-full text-base font-medium wrap-anywhere">{title}</Heading>
      <div className="mt-1 max-w-full text-muted wrap-anywhere">{children}</div>
      {action && <div className="mt-5 w-full text-left [&>button]:mx-auto [&>button]:flex [&>a]:mx-auto [&>a]:flex [&>a]:w-fit">{action}</div>}
    </div>
  );
}
