import { Link } from "@tanstack/react-router";

const linkClass = "font-mono text-xs text-muted hover:text-text hover:underline";

/** The thing an event happened to, as a link where it has a page. */
export function Subject({ id, className = linkClass }: { id: string; className?: string }) {
  const shown = id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
  if (id.startsWith("dep_")) return <Link to="/deployments/$deploymentId" params={{ deploymentId: id }} className={className} title={id}>{shown}</Link>;
  if (id.startsWith("svc_")) return <Link to="/services/$serviceId" params={{ serviceId: id }} className={className} title={id}>{shown}</Link>;
  if (id.startsWith("srv_")) return <Link to="/servers/$serverId" params={{ serverId: id }} className={className} title={id}>{shown}</Link>;
  if (id.startsWith("prj_")) return <Link to="/projects/$projectId" params={{ projectId: id }} className={className} title={id}>{shown}</Link>;
  return <code className="font-mono text-xs text-muted" title={id}>{shown}</code>;
}
