import { useMutation } from "@tanstack/react-query";
import { FileArchive } from "lucide-react";
import { useState } from "react";
import type { Deployment, Service } from "@/api/types";
import { bytes } from "@/lib/format";
import { Button } from "@/ui/button";
import { Command } from "@/ui/copy";
import { DialogActions } from "@/ui/dialog";
import { Failure } from "@/ui/failure";
import { deploy, upload } from "./queries";

interface Props { service: Service; onStarted: (deployment: Deployment) => void; onCancel: () => void }

/** Deploys a directory: by command, or by an archive sent from here. */
export function UploadForm({ service, onStarted, onCancel }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const send = useMutation({
    mutationFn: async (archive: File) => deploy(service.id, { kind: "deploy", upload_id: await upload(archive) }),
    onSuccess: onStarted,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (file) send.mutate(file);
      }}
    >
      <p className="mb-1.5 font-medium">In the directory, with the command line</p>
      <Command command={`syn deploy --project ${service.project_slug} --service ${service.slug}`} />
      <p className="mt-4 mb-1.5 font-medium">Or from here, as a .tar.gz</p>
      <label className="flex cursor-pointer items-center gap-3 rounded-md border border-dashed border-line-strong px-3 py-4 motion hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent-text">
        <FileArchive aria-hidden className="size-5 text-muted" />
        <span className="min-w-0 flex-1">
          {file ? <><span className="block truncate font-medium">{file.name}</span><span className="text-xs text-muted">{bytes(file.size)}</span></> : <span className="text-muted">Choose an archive of the directory (tar czf app.tar.gz .)</span>}
        </span>
        <input type="file" aria-label="Archive" className="sr-only" accept=".tar.gz,.tgz,application/gzip" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
      </label>
      {send.error && <div className="mt-3"><Failure title={`${service.slug} could not be deployed`} error={send.error} /></div>}
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={send.isPending} disabled={!file || send.isPending}>{send.isPending ? "Sending…" : "Upload and deploy"}</Button>
      </DialogActions>
    </form>
  );
}
