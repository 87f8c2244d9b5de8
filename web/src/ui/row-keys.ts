import { type RefObject, useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";

/**
 * Moves the focus over the rows of a list with j/k and the arrows, and opens one with Enter. Rows carry data-row with
 * their index; scrollTo brings one into the document that is not in it yet.
 */
export function useRowKeys(
  box: RefObject<HTMLElement | null>,
  open: (index: number) => void,
  scrollTo: ((index: number) => void) | undefined,
  length: number,
): void {
  const latest = useRef({ open, scrollTo, length });
  useEffect(() => {
    latest.current = { open, scrollTo, length };
  });
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const element = box.current;
      if (!element || document.querySelector("[role=dialog],[role=menu]")) return;
      const row = document.activeElement?.closest<HTMLElement>("[data-row]");
      const inside = row && element.contains(row) ? Number(row.dataset.row) : -1;
      if (event.key === "Enter" && inside >= 0 && document.activeElement === row) {
        event.preventDefault();
        latest.current.open(inside);
        return;
      }
      const arrows = inside >= 0;
      const step = event.key === "j" || (arrows && event.key === "ArrowDown") ? 1 : event.key === "k" || (arrows && event.key === "ArrowUp") ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(latest.current.length - 1, inside + step));
      latest.current.scrollTo?.(next);
      requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: false }));
    }
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [box]);
}
