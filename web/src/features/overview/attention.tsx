import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { Panel } from "@/ui/panel";
import { StateIcon } from "@/ui/state";
import type { Finding } from "./assess";

/** What is not as it should be; each leads to where it can be mended. */
export function Attention({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <Panel title="Attention" flush>
      <ul>
        {findings.map((finding) => (
          <li key={finding.id} className="border-t border-line first:border-t-0">
            <Link {...finding.link} className="flex items-center gap-3 px-4 py-2 motion hover:bg-raised focus-visible:-outline-offset-2">
              <StateIcon tone={finding.tone} label={finding.tone === "bad" ? "Trouble" : finding.tone === "warn" ? "Warning" : "Note"} />
              <span className="min-w-0 flex-1"><span className="font-medium">{finding.subject}</span> <span className="text-muted">{finding.text}</span></span>
              <ChevronRight aria-hidden className="size-4 text-faint" />
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
