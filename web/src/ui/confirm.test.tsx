import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { Confirm } from "./confirm";

afterEach(cleanup);

function show(run: () => Promise<unknown>, typed?: string) {
  const onOpenChange = vi.fn();
  render(<Confirm open onOpenChange={onOpenChange} title="Delete web?" action="Delete web" danger run={run} {...(typed ? { typed } : {})}>Its 2 replicas will end.</Confirm>);
  return onOpenChange;
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Delete web" });

describe("Confirm", () => {
  it("does it and closes", async () => {
    const run = vi.fn().mockResolvedValue(undefined);
    const onOpenChange = show(run);
    fireEvent.click(button());
    await waitFor(() => expect(onOpenChange).toHaveBeenCalledWith(false));
    expect(run).toHaveBeenCalledOnce();
  });

  it("waits for the name to be typed where nothing can be undone", () => {
    show(vi.fn(), "web");
    expect(button().disabled).toBe(true);
    fireEvent.change(screen.getByRole("textbox"), { target: { value: "we" } });
    expect(button().disabled).toBe(true);
    fireEvent.change(screen.getByRole("textbox"), { target: { value: "web" } });
    expect(button().disabled).toBe(false);
  });

  it("stays open where it is refused, with the reason and the request id", async () => {
    const onOpenChange = show(() => Promise.reject(new Problem({ status: 409, detail: "a deployment is under way", requestId: "r7" })));
    fireEvent.click(button());
    await screen.findByText("a deployment is under way");
    expect(screen.getByText("r7")).toBeTruthy();
    expect(onOpenChange).not.toHaveBeenCalled();
  });
});
