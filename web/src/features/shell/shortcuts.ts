import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";
import { SECTIONS } from "./rail";

/** The shortcuts that hold on every page: Ctrl-K, ?, /, and g with a section's letter. */
export function useShortcuts(open: { palette: () => void; help: () => void }): void {
  const navigate = useNavigate();
  const leader = useRef(0);
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open.palette();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target) || document.querySelector("[role=dialog]")) return;
      const led = Date.now() - leader.current < 1200;
      const section = led ? SECTIONS.find((each) => each.key === event.key) : undefined;
      leader.current = 0;
      if (section?.to) {
        event.preventDefault();
        void navigate({ to: section.to });
      } else if (event.key === "g") {
        leader.current = Date.now();
      } else if (event.key === "?") {
        event.preventDefault();
        open.help();
      } else if (event.key === "/") {
        const search = document.querySelector<HTMLInputElement>("input[type=search]");
        event.preventDefault();
        if (search) search.focus();
        else open.palette();
      }
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [navigate, open]);
}
