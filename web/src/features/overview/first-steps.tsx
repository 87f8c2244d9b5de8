import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import type { Project, Server, Service } from "@/api/types";
import { buttonClass } from "@/ui/button";
import { Command } from "@/ui/copy";
import { Panel } from "@/ui/panel";

interface Props { servers: Server[]; projects: Project[]; services: Service[] }

/** From nothing to a served program, a step at a time. */
export function FirstSteps({ servers, projects, services }: Props) {
  const service = services[0];
  const steps: { title: string; done: boolean; next: ReactNode }[] = [
    { title: "Connect a server", done: servers.some((each) => each.state === "online"), next: <Link to="/servers" search={{ add: true }} className={buttonClass("primary", "sm")}>Add server</Link> },
    { title: "Make a project", done: projects.length > 0, next: <Link to="/projects" search={{ add: true }} className={buttonClass("primary", "sm")}>New project</Link> },
    { title: "Create a service", done: services.length > 0, next: projects[0] && <Link to="/services/new" search={{ project: projects[0].id }} className={buttonClass("primary", "sm")}>New service</Link> },
    { title: "Deploy it", done: false, next: service && <div className="w-full"><Command command={`syn deploy --project ${service.project_slug} --service ${service.slug}`} /></div> },
  ];
  const current = steps.findIndex((step) => !step.done);
  return (
    <Panel title="First steps" flush>
      <ol>
        {steps.map((step, index) => (
          <li key={step.title} className="flex flex-wrap items-center gap-3 border-t border-line px-4 py-2.5 first:border-t-0">
            {step.done ? <CircleCheck role="img" aria-label="Done" className="size-4 text-ok" /> : <CircleDashed role="img" aria-label="To do" className="size-4 text-idle" />}
            <span className={step.done ? "flex-1 text-muted" : "flex-1 font-medium"}>{step.title}</span>
            {index === current && step.next}
          </li>
        ))}
      </ol>
    </Panel>
  );
}
