import { EVENT_GROUPS, type WebhookEvent } from "./events";

interface Props { value: WebhookEvent[]; onChange: (value: WebhookEvent[]) => void }

/** All events, or some of them. */
export function EventChoice({ value, onChange }: Props) {
  const all = value.includes("*");
  const toggle = (event: WebhookEvent) => onChange(value.includes(event) ? value.filter((each) => each !== event) : [...value, event]);
  return (
    <fieldset className="space-y-3">
      <legend className="mb-1.5 font-medium">Events</legend>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={all} onChange={() => onChange(all ? [] : ["*"])} />
        All events, also those of later versions
      </label>
      {!all && (
        <div className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
          {EVENT_GROUPS.map(({ group, events }) => (
            <fieldset key={group} className="space-y-1">
              <legend className="text-xs text-muted">{group}</legend>
              {events.map((event) => (
                <label key={event.value} className="flex items-center gap-2" title={event.value}>
                  <input type="checkbox" checked={value.includes(event.value)} onChange={() => toggle(event.value)} />
                  {event.label}
                </label>
              ))}
            </fieldset>
          ))}
        </div>
      )}
    </fieldset>
  );
}
