import { useMutation } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useState } from "react";
import type { Service } from "@/api/types";
import { count } from "@/lib/format";
import { Button } from "@/ui/button";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { Field, TextField, inputClass } from "@/ui/field";
import { toast } from "@/ui/toast";
import { nameError, parseEnv } from "./dotenv";
import { changeEnv } from "./queries";

interface Props {
  service: Service;
  /** The variable to change; "" to add new ones. */
  name: string;
  onDone: () => void;
}

export function EnvForm({ service, name, onDone }: Props) {
  const save = useMutation({
    mutationFn: (set: Record<string, string>) => changeEnv(service.id, { set }),
    onSuccess: (version, set) => {
      toast("ok", `${count(Object.keys(set).length, "variable")} saved`, `Env version ${version}. Redeploy to make it live.`);
      onDone();
    },
  });
  const failure = save.error && <div className="mt-3"><Failure title="The variables were not saved" error={save.error} /></div>;
  const shared = { busy: save.isPending, onSave: save.mutate, onCancel: onDone, failure };
  return name ? <One name={name} {...shared} /> : <Many {...shared} />;
}

interface FormProps { busy: boolean; onSave: (set: Record<string, string>) => void; onCancel: () => void; failure: React.ReactNode }

function One({ name, busy, onSave, onCancel, failure }: FormProps & { name: string }) {
  const [value, setValue] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ [name]: value });
      }}
    >
      <TextField label="New value" mono value={value} onChange={setValue} autoComplete="off" spellCheck={false} />
      {failure}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy}>Save</Button>
      </DialogActions>
    </form>
  );
}

function Many({ busy, onSave, onCancel, failure }: FormProps) {
  const [text, setText] = useState("");
  const { set, errors } = parseEnv(text);
  const names = set.map((line) => line.name);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(Object.fromEntries(set.map((line) => [line.name, line.value])));
      }}
    >
      <Field
        label="Variables"
        hint={set.length > 0 ? `Sets ${names.join(", ")}` : "One NAME=value per line, as in a .env file; quotes and comments are understood."}
        error={errors[0]}
      >
        {(control) => (
          <textarea {...control} rows={8} autoComplete="off" spellCheck={false} placeholder={"DATABASE_URL=postgres://…\nLOG_LEVEL=info"} value={text} onChange={(event) => setText(event.target.value)} className={clsx(inputClass, "h-auto! resize-y py-2 font-mono text-xs leading-5")} />
        )}
      </Field>
      {failure}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy} disabled={busy || set.length === 0 || errors.length > 0 || names.some((each) => nameError(each))}>
          {set.length > 1 ? `Save ${set.length} variables` : "Save"}
        </Button>
      </DialogActions>
    </form>
  );
}
