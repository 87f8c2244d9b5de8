import { useNavigate, useSearch } from "@tanstack/react-router";
import type { SortingState } from "@tanstack/react-table";
import { useMemo } from "react";

/** The sort of the page's table, as its address has it: "name", or "-name" for the other way round. */
export function useUrlSort(): [SortingState, (next: SortingState) => void] {
  const navigate = useNavigate();
  const { sort }: { sort?: unknown } = useSearch({ strict: false });
  const sorting = useMemo(() => (typeof sort === "string" && sort !== "" ? [{ id: sort.replace(/^-/, ""), desc: sort.startsWith("-") }] : []), [sort]);
  const set = ([first]: SortingState) => {
    const next = first && `${first.desc ? "-" : ""}${first.id}`;
    void navigate({ to: ".", search: (before: object) => ({ ...before, sort: next }), replace: true } as never);
  };
  return [sorting, set];
}
