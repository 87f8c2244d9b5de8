import { inputClass } from "@/ui/field";
import type { DeploymentStatus } from "@/api/types";
import { STATUSES, readStatus } from "./status";

/** Which deployments to show, by status. */
export function StatusFilter({ status, onChange }: { status: DeploymentStatus | undefined; onChange: (status: DeploymentStatus | undefined) => void }) {
  return (
    <select aria-label="Status" className={`${inputClass} w-40! cursor-pointer`} value={status ?? ""} onChange={(event) => onChange(readStatus(event.target.value).status)}>
      <option value="">Every status</option>
      {STATUSES.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
    </select>
  );
}
