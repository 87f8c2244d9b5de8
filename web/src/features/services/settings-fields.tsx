import type { Config } from "@/api/types";
import { NumberField, SelectField, TextField } from "@/ui/field";

interface Part<K extends keyof Config> { value: Config[K]; onChange: (value: Config[K]) => void }

const grid = "grid gap-x-4 gap-y-4 sm:grid-cols-2 lg:grid-cols-3";

export function BuildFields({ value, onChange }: Part<"build">) {
  const set = (change: Partial<Config["build"]>) => onChange({ ...value, ...change });
  return (
    <div className={grid}>
      <SelectField
        name="build.runtime" label="Runtime"
        value={value.runtime ?? ""}
        onChange={(runtime) => set({ runtime })}
        options={[{ value: "", label: "What the source fits" }, { value: "docker", label: "Docker" }, { value: "process", label: "Process" }]}
        hint="Docker where there is a Dockerfile and an engine."
      />
      <TextField name="build.dockerfile" label="Dockerfile" optional mono value={value.dockerfile ?? ""} onChange={(dockerfile) => set({ dockerfile })} placeholder="Dockerfile" />
      <TextField name="build.target" label="Target" optional mono value={value.target ?? ""} onChange={(target) => set({ target })} placeholder="last stage" />
      <TextField name="build.command" label="Build command" optional mono value={value.command ?? ""} onChange={(command) => set({ command })} placeholder="detected" hint="For the process runtime." />
      <TextField
        name="build.secrets" label="Build secrets"
        optional
        mono
        value={(value.secrets ?? []).join(" ")}
        onChange={(text) => set({ secrets: text.split(/[\s,]+/).filter(Boolean) })}
        placeholder="NPM_TOKEN"
        hint="Env variables that the build may read."
      />
      <NumberField name="build.timeout_seconds" label="Build timeout" unit="s" value={value.timeout_seconds} onChange={(timeout_seconds) => set({ timeout_seconds })} fallback={900} max={86400} />
    </div>
  );
}

export function RunFields({ value, onChange }: Part<"run">) {
  const set = (change: Partial<Config["run"]>) => onChange({ ...value, ...change });
  return (
    <div className={grid}>
      <TextField name="run.command" label="Start command" optional mono value={value.command ?? ""} onChange={(command) => set({ command })} placeholder="the image's own" />
      <NumberField name="run.port" label="Port" value={value.port} onChange={(port) => set({ port })} fallback="$PORT" max={65535} hint="Where the program listens." />
      <NumberField name="run.replicas" label="Replicas" value={value.replicas} onChange={(replicas) => set({ replicas })} fallback={1} max={20} />
      <NumberField name="run.cpus" label="CPU limit" unit="cores" value={value.cpus} onChange={(cpus) => set({ cpus })} step={0.1} fallback="none" />
      <NumberField name="run.memory_mb" label="Memory limit" unit="MB" value={value.memory_mb} onChange={(memory_mb) => set({ memory_mb })} fallback="none" hint="Above it a replica is ended and started again." />
      <NumberField name="run.disk_mb" label="Artifact limit" unit="MB" value={value.disk_mb} onChange={(disk_mb) => set({ disk_mb })} fallback="none" hint="A larger build fails." />
      <NumberField name="run.stop_grace_seconds" label="Stop grace" unit="s" value={value.stop_grace_seconds} onChange={(stop_grace_seconds) => set({ stop_grace_seconds })} fallback={10} max={86400} hint="Between SIGTERM and SIGKILL." />
    </div>
  );
}

export function HealthFields({ value, onChange }: Part<"health">) {
  const set = (change: Partial<Config["health"]>) => onChange({ ...value, ...change });
  return (
    <div className={grid}>
      <TextField
        name="health.path" label="Path"
        mono
        value={value.path ?? ""}
        onChange={(path) => set({ path })}
        placeholder="/up, else /"
        hint="Must answer 2xx or 3xx before a release gets traffic. Empty: /up, or / with any status below 500."
        error={value.path && !value.path.startsWith("/") ? "Start it with /." : undefined}
      />
      <NumberField name="health.deadline_seconds" label="Deadline" unit="s" value={value.deadline_seconds} onChange={(deadline_seconds) => set({ deadline_seconds })} fallback={60} max={86400} hint="Unhealthy for so long: the deployment fails." />
      <NumberField name="health.timeout_seconds" label="Timeout" unit="s" value={value.timeout_seconds} onChange={(timeout_seconds) => set({ timeout_seconds })} fallback={5} max={86400} hint="Of one try." />
      <NumberField name="health.interval_millis" label="Interval" unit="ms" value={value.interval_millis} onChange={(interval_millis) => set({ interval_millis })} fallback={250} max={60000} hint="Between tries." />
    </div>
  );
}

export function RolloutFields({ value, onChange }: Part<"rollout">) {
  const set = (change: Partial<Config["rollout"]>) => onChange({ ...value, ...change });
  return (
    <div className={grid}>
      <NumberField name="rollout.drain_seconds" label="Drain" unit="s" value={value.drain_seconds} onChange={(drain_seconds) => set({ drain_seconds })} fallback={30} max={86400} hint="For requests of the old release to end." />
      <NumberField name="rollout.websocket_drain_seconds" label="WebSocket drain" unit="s" value={value.websocket_drain_seconds} onChange={(websocket_drain_seconds) => set({ websocket_drain_seconds })} fallback={60} max={86400} />
      <NumberField name="rollout.rollback_window_seconds" label="Rollback window" unit="s" value={value.rollback_window_seconds} onChange={(rollback_window_seconds) => set({ rollback_window_seconds })} fallback={600} max={86400} hint="The old release stays warm for so long." />
      <NumberField name="rollout.agent_deadline_seconds" label="Agent deadline" unit="s" value={value.agent_deadline_seconds} onChange={(agent_deadline_seconds) => set({ agent_deadline_seconds })} fallback={600} max={86400} hint="A deployment waits so long for an offline server." />
    </div>
  );
}
