import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { projectsQuery } from "@/features/projects/queries";
import { serversQuery } from "@/features/servers/queries";
import { inputClass } from "@/ui/field";
import { STATE_FILTERS, type ServiceFilter, readServiceFilter } from "./filter";

interface Props { filter: ServiceFilter; onChange: (filter: ServiceFilter) => void }

/** Narrows the list of services by words, state, project and server. */
export function ServiceFilters({ filter, onChange }: Props) {
  const projects = useQuery(projectsQuery).data?.items ?? [];
  const servers = useQuery(serversQuery).data?.items ?? [];
  const set = (change: Record<string, unknown>) => onChange(readServiceFilter({ ...filter, ...change }));
  const choices = [
    { name: "state", label: "State", all: "Any state", options: STATE_FILTERS },
    { name: "project", label: "Project", all: "All projects", options: projects.map((each) => ({ value: each.id, label: each.name || each.slug })) },
    { name: "server", label: "Server", all: "All servers", options: servers.map((each) => ({ value: each.id, label: each.name })) },
  ] as const;
  return (
    <div role="search" aria-label="Filter services" className="mb-3 flex flex-wrap gap-2">
      <div className="relative w-full sm:w-64">
        <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
        <input type="search" aria-label="Search services" placeholder="Name, project or address" className={`${inputClass} pl-8`} value={filter.q ?? ""} onChange={(event) => set({ q: event.target.value })} />
      </div>
      {choices.map(({ name, label, all, options }) => (
        <select key={name} aria-label={label} className={`${inputClass} w-40! cursor-pointer`} value={filter[name] ?? ""} onChange={(event) => set({ [name]: event.target.value })}>
          <option value="">{all}</option>
          {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
        </select>
      ))}
    </div>
  );
}
