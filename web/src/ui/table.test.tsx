import { createColumnHelper } from "@tanstack/react-table";
import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { showPages } from "@/lib/testing";
import { DataTable } from "./table";

interface Row { id: string; name: string }
const column = createColumnHelper<Row>();
const columns = [column.accessor("name", { header: "Name" })];
const rows = ["beta", "alpha", "gamma"].map((name) => ({ id: name, name }));

async function show(data: Row[] | undefined) {
  const onOpen = vi.fn();
  const router = showPages({ "/": () => <main><DataTable label="Things" columns={columns} rows={data} onOpen={onOpen} empty={<p>nothing yet</p>} /></main> });
  await screen.findByRole("main");
  return { onOpen, router };
}
const names = () => within(screen.getByRole("table", { name: "Things" })).getAllByRole("cell").map((cell) => cell.textContent);
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });

afterEach(cleanup);

describe("DataTable", () => {
  it("sorts by a heading, and says so, in the address too", async () => {
    const { router } = await show(rows);
    fireEvent.click(screen.getByRole("button", { name: "Name" }));
    await waitFor(() => expect(names()).toEqual(["alpha", "beta", "gamma"]));
    expect(router.state.location.search).toEqual({ sort: "name" });
    expect(screen.getByRole("columnheader").getAttribute("aria-sort")).toBe("ascending");
  });

  it("moves with j, k and the arrows, and opens with Enter", async () => {
    const { onOpen } = await show(rows);
    const focused = (name: string) => waitFor(() => expect(document.activeElement?.textContent).toBe(name));
    press("j");
    await focused("beta");
    press("ArrowDown");
    await focused("alpha");
    press("j");
    await focused("gamma");
    press("k");
    await focused("alpha");
    press("Enter");
    expect(onOpen).toHaveBeenCalledWith(rows[1]);
  });

  it("leaves keys alone that go into a text", async () => {
    const { onOpen } = await show(rows);
    const input = document.createElement("input");
    document.body.append(input);
    input.focus();
    press("j");
    expect(document.activeElement).toBe(input);
    expect(onOpen).not.toHaveBeenCalled();
    input.remove();
  });

  it("opens a row on click", async () => {
    const { onOpen } = await show(rows);
    fireEvent.click(screen.getByRole("cell", { name: "gamma" }));
    expect(onOpen).toHaveBeenCalledWith(rows[2]);
  });

  it("says that rows are coming, and what it means that there are none", async () => {
    await show(undefined);
    expect(screen.getByRole("status", { name: "Loading things" })).toBeTruthy();
    cleanup();
    await show([]);
    expect(screen.getByText("nothing yet")).toBeTruthy();
  });

  it("keeps few of many rows in the document", async () => {
    await show(Array.from({ length: 1000 }, (_, i) => ({ id: String(i), name: `row ${i}` })));
    expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("1000");
    expect(screen.queryAllByRole("row").length).toBeLessThan(100);
  });
});
