import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Problem } from "@/api/problem";
import type { Config, Service } from "@/api/types";
import { useMay } from "@/features/session/session";
import { Button } from "@/ui/button";
import { Failure } from "@/ui/failure";
import { FieldErrors } from "@/ui/field";
import { Panel } from "@/ui/panel";
import { SaveBar } from "@/ui/save-bar";
import { toast } from "@/ui/toast";
import { UnsavedGuard } from "@/ui/unsaved";
import { trimConfig } from "./config";
import { DomainsField } from "./domains-field";
import { saveConfig } from "./queries";
import { BuildFields, HealthFields, RolloutFields, RunFields } from "./settings-fields";
import { SourceFields } from "./source-fields";

/** Everything about a service that a person sets. Saved as one version, refused where someone else saved meanwhile. */
export function SettingsForm({ service }: { service: Service }) {
  const may = useMay("developer", service.project_id);
  const [base, setBase] = useState({ config: service.config, version: service.config_version });
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Config>(service.config);
  const dirty = JSON.stringify(trimConfig(draft)) !== JSON.stringify(trimConfig(base.config));
  // While nothing is edited the form follows what others save; while something is, it keeps what was seen.
  if (!dirty && base.version !== service.config_version) {
    setBase({ config: service.config, version: service.config_version });
    setDraft(service.config);
  }
  const save = useMutation({
    mutationFn: (config: Config) => saveConfig(service.id, base.version, config),
    onSuccess: (_, config) => {
      setBase({ config, version: base.version + 1 });
      setDraft(config);
      toast("ok", "Settings saved", "They take effect with the next deployment.");
    },
    onError: (error) => {
      const [first] = error instanceof Problem ? Object.keys(error.fields) : [];
      const field = first && form.current?.elements.namedItem(first);
      if (field instanceof HTMLElement) field.focus();
    },
  });
  const reload = () => {
    setBase({ config: service.config, version: service.config_version });
    setDraft(service.config);
    save.reset();
  };
  const part = <K extends keyof Config>(name: K) => (value: Config[K]) => setDraft({ ...draft, [name]: value });
  const refused = save.error instanceof Problem ? save.error.fields : {};
  const stale = save.error instanceof Problem && save.error.status === 412;
  return (
    <form
      ref={form}
      aria-label={`Settings of ${service.slug}`}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(trimConfig(draft));
      }}
    >
      <fieldset disabled={!may} className="space-y-4">
        <legend className="sr-only">Settings</legend>
        <FieldErrors value={refused}>
          <Panel title="Source"><SourceFields detailed source={draft.source} onChange={part("source")} /></Panel>
          <Panel title="Build"><BuildFields value={draft.build} onChange={part("build")} /></Panel>
          <Panel title="Run"><RunFields value={draft.run} onChange={part("run")} /></Panel>
          <Panel title="Health check"><HealthFields value={draft.health} onChange={part("health")} /></Panel>
          <Panel title="Domains"><DomainsField host={service.host} value={draft.domains ?? []} onChange={part("domains")} /></Panel>
          <Panel title="Rollout"><RolloutFields value={draft.rollout} onChange={part("rollout")} /></Panel>
        </FieldErrors>
      </fieldset>
      {(dirty || save.error) && (
        <SaveBar
          action="Save settings"
          busy={save.isPending}
          onDiscard={reload}
          failure={save.error && <Failure title={stale ? "Someone else changed the settings meanwhile" : "The settings were not saved"} error={save.error} action={stale && <Button size="sm" onClick={reload}>Load theirs</Button>} />}
        />
      )}
      <UnsavedGuard unsaved={dirty} what={`the settings of ${service.slug}`} />
    </form>
  );
}
