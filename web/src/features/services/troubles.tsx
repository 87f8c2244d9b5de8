import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Service } from "@/api/types";
import { messageOf } from "@/api/problem";
import { Button, buttonClass } from "@/ui/button";
import { StateIcon } from "@/ui/state";
import { toast } from "@/ui/toast";
import { operate, resumeAutoDeploy } from "./queries";
import { type Trouble, troubles } from "./status";

/** What about a service needs a person, each with what to do. */
export function Troubles({ service }: { service: Service }) {
  const found = troubles(service);
  if (found.length === 0) return null;
  return (
    <ul aria-label="What needs attention" className="divide-y divide-line rounded-lg border border-line bg-surface">
      {found.map((trouble) => (
        <li key={trouble.kind} className="flex items-center gap-3 px-4 py-2.5">
          <StateIcon tone={trouble.tone} label={trouble.kind} />
          <span className="min-w-0 flex-1">{trouble.text}</span>
          <Remedy service={service} trouble={trouble} />
        </li>
      ))}
    </ul>
  );
}

function Remedy({ service, trouble }: { service: Service; trouble: Trouble }) {
  const act = useMutation({
    mutationFn: () => (trouble.kind === "frozen" ? resumeAutoDeploy(service.id) : operate(service.id, "start")),
    onError: (error) => toast("bad", "It was refused", messageOf(error)),
  });
  if (trouble.kind === "failed" && service.deployment) {
    return <Link to="/deployments/$deploymentId" params={{ deploymentId: service.deployment.id }} className={buttonClass("secondary", "sm")}>See why</Link>;
  }
  if (trouble.kind === "frozen") return <Button size="sm" busy={act.isPending} onClick={() => act.mutate()}>Resume</Button>;
  if (trouble.kind === "stopped") return <Button size="sm" busy={act.isPending} onClick={() => act.mutate()}>Start</Button>;
  return null;
}
