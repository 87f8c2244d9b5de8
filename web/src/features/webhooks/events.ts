import type { components } from "@/api/schema";

/** What a webhook can be told of. */
export type WebhookEvent = components["schemas"]["CreateWebhookRequest"]["events"][number];

/** The choices with the words for people. The type makes sure that none of the API's is missing. */
const labels: Record<Exclude<WebhookEvent, "*">, [group: string, label: string]> = {
  "deployment.requested": ["Deployments", "Requested"],
  "deployment.succeeded": ["Deployments", "Succeeded"],
  "deployment.failed": ["Deployments", "Failed"],
  "deployment.cancelled": ["Deployments", "Cancelled"],
  "deployment.superseded": ["Deployments", "Superseded"],
  "service.created": ["Services", "Created"],
  "service.deleted": ["Services", "Deleted"],
  "service.operation_succeeded": ["Services", "Operation succeeded"],
  "service.operation_failed": ["Services", "Operation failed"],
  "service.auto_deploy_frozen": ["Services", "Automatic deployments frozen"],
  "service.auto_deploy_resumed": ["Services", "Automatic deployments resumed"],
  "server.lost": ["Servers", "Lost"],
  "server.back": ["Servers", "Back"],
  "approval.requested": ["Approvals", "Requested"],
  "approval.decided": ["Approvals", "Decided"],
};

export interface EventGroup { group: string; events: { value: WebhookEvent; label: string }[] }

/** All choices by group, in their order. */
export const EVENT_GROUPS: EventGroup[] = Object.entries(labels).reduce<EventGroup[]>((groups, [value, [group, label]]) => {
  const event = { value: value as WebhookEvent, label };
  const last = groups.at(-1);
  if (last?.group === group) last.events.push(event);
  else groups.push({ group, events: [event] });
  return groups;
}, []);

/** What a webhook is told of, in one line. */
export function eventsLine(events: string[]): string {
  if (events.includes("*")) return "All events";
  if (events.length <= 2) return events.join(", ");
  return `${events.slice(0, 2).join(", ")} and ${events.length - 2} more`;
}
