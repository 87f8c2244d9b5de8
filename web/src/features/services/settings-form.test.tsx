import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { Link } from "@tanstack/react-router";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queryClient } from "@/api/query";
import { keys } from "@/api/keys";
import type { Service } from "@/api/types";
import { expectAccessible, me, platform, showPages } from "@/lib/testing";
import { SettingsForm } from "./settings-form";

const service = {
  id: "svc_1", slug: "web", project_id: "prj_1", host: "web-shop.localhost", config_version: 3, placement: [], replicas: 1,
  config: { source: { kind: "upload" }, build: {}, run: {}, health: {}, rollout: {} },
} as unknown as Service;

const refusal = { status: 422, detail: "validation failed", errors: [{ location: "body.health.path", message: "expected at most 200 characters" }] };

function open(answer: object = refusal) {
  queryClient.setQueryData(keys.me, me());
  platform({ "PUT /services/svc_1/config": answer });
  showPages({
    "/settings": () => <main><h1>web</h1><SettingsForm service={service} /><Link to={"/logs" as "/"}>Logs</Link></main>,
    "/logs": () => <main><h1>Logs of web</h1></main>,
  });
}
const type = async (label: string, value: string) => fireEvent.change(await screen.findByLabelText(label), { target: { value } });
const bar = () => screen.findByRole("region", { name: "Unsaved changes" });

beforeEach(() => queryClient.clear());
afterEach(cleanup);

describe("a refused save", () => {
  it("shows itself in the save bar and at its field, which takes the focus", async () => {
    open();
    await type("Path", "/health");
    fireEvent.click(within(await bar()).getByRole("button", { name: "Save settings" }));
    expect(await within(await bar()).findByRole("alert")).toHaveProperty("textContent", expect.stringContaining("The settings were not saved"));
    const field = screen.getByLabelText("Path");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByText("expected at most 200 characters")).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(field));
    await expectAccessible();
  });
});

describe("unsaved changes", () => {
  it("ask before the page is left, and stay", async () => {
    open();
    await type("Path", "/health");
    fireEvent.click(screen.getByRole("link", { name: "Logs" }));
    const dialog = await screen.findByRole("dialog", { name: "Leave without saving?" });
    fireEvent.click(within(dialog).getByRole("button", { name: "Stay" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(screen.getByLabelText<HTMLInputElement>("Path").value).toBe("/health");
  });

  it("are lost only by choice", async () => {
    open();
    await type("Path", "/health");
    fireEvent.click(screen.getByRole("link", { name: "Logs" }));
    fireEvent.click(await screen.findByRole("button", { name: "Leave and lose changes" }));
    expect(await screen.findByRole("heading", { name: "Logs of web" })).toBeTruthy();
  });

  it("ask nothing where there are none", async () => {
    open();
    fireEvent.click(await screen.findByRole("link", { name: "Logs" }));
    expect(await screen.findByRole("heading", { name: "Logs of web" })).toBeTruthy();
  });
});
