import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { inputClass } from "@/ui/field";

/** The words to look for; searched a moment after the last key. */
export function LogSearchBox({ q, onSubmit }: { q: string; onSubmit: (q: string) => void }) {
  const [text, setText] = useState(q);
  const sent = useRef({ q, onSubmit });
  useEffect(() => {
    // The address may change by other means, such as "Clear the filter"; typing must not be overwritten by its own echo.
    if (q !== sent.current.q) setText(q);
    sent.current = { q, onSubmit };
  }, [q, onSubmit]);
  useEffect(() => {
    const timer = setTimeout(() => submit(text), 400);
    return () => clearTimeout(timer);
  }, [text]);
  function submit(next: string) {
    if (next === sent.current.q) return;
    sent.current.q = next;
    sent.current.onSubmit(next);
  }
  return (
    <form
      role="search"
      className="relative w-full max-w-72"
      onSubmit={(event) => {
        event.preventDefault();
        submit(text);
      }}
    >
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
      <input type="search" aria-label="Search log" placeholder={'words, "a phrase", -without'} className={`${inputClass} pl-8`} value={text} onChange={(event) => setText(event.target.value)} />
    </form>
  );
}
