import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { need } from "@/api/load";
import { queryClient } from "@/api/query";
import { meQuery } from "@/features/session/session";
import { type Answer, expectAccessible, me, platform, show } from "@/lib/testing";
import { Invitations } from "./invitations";
import { Members } from "./members";

const since = "2026-01-01T00:00:00Z";
const ada = { user: { id: "usr_1", email: "ada@example.com", name: "Ada" }, role: "owner", projects: {}, since };
const bob = { user: { id: "usr_2", email: "bob@example.com", name: "Bob" }, role: "developer", projects: { prj_1: "admin" }, since };
const gone = { user: { id: "usr_0000000000000000000000abcdef", email: "", name: "" }, role: "viewer", projects: {}, since };
const shop = { id: "prj_1", slug: "shop", name: "Shop", services: 0, created_at: since };
const invitation = { id: "inv_1", email: "eve@example.com", role: "viewer", projects: {}, invited_by: ada.user, created_at: since, expires_at: "2126-01-01T00:00:00Z" };

afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
});

async function open(who: object = {}, answers: Record<string, Answer> = {}) {
  const sent = platform({
    "GET /me": me(who), "GET /members": { items: [ada, bob, gone] }, "GET /projects": { items: [shop] }, "GET /organization/invitations": { items: [invitation] }, ...answers,
  });
  await need(meQuery);
  show(<><h1>Settings</h1><Members /><Invitations /></>);
  await screen.findByText("Bob");
  return sent;
}

describe("the members", () => {
  it("are listed with their roles, in projects too, and the page is accessible", async () => {
    await open();
    const rows = within(screen.getByRole("list", { name: "Members" })).getAllByRole("listitem");
    expect(rows[0]!.textContent).toContain("Ada · you");
    await waitFor(() => expect(rows[1]!.textContent).toContain("shop: admin"));
    expect(rows[2]!.textContent).toContain("account gone");
    await expectAccessible();
  });

  it("get another role at once", async () => {
    const sent = await open({}, { "PATCH /members/usr_2": { ...bob, role: "admin" } });
    fireEvent.change(screen.getByRole("combobox", { name: "Role of Bob (bob@example.com)" }), { target: { value: "admin" } });
    await waitFor(() => expect(sent).toContainEqual({ route: "PATCH /members/usr_2", body: { role: "admin" } }));
  });

  it("are given no role above one's own, and nobody stronger is touched", async () => {
    await open({ user: { ...ada.user, id: "usr_9" }, role: "admin" });
    const select = screen.getByRole("combobox", { name: /Role of Bob/ });
    expect(within(select).getAllByRole("option").map((each) => each.textContent)).toEqual(["Guest", "Viewer", "Developer", "Admin"]);
    expect(screen.queryByRole("combobox", { name: /Role of Ada/ })).toBeNull();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: /Remove Ada/ }).disabled).toBe(true);
  });

  it("are only read by who is no admin", async () => {
    await open({ user: { ...ada.user, id: "usr_9" }, role: "developer" });
    expect(screen.queryByRole("combobox")).toBeNull();
    expect(screen.queryByRole("button", { name: "Invite" })).toBeNull();
  });

  it("are removed after a question that says what ends", async () => {
    const sent = await open({}, { "DELETE /members/usr_2": undefined });
    fireEvent.click(screen.getByRole("button", { name: /Remove Bob/ }));
    await screen.findByText(/sessions and tokens for this organization end at once/);
    fireEvent.click(screen.getByRole("button", { name: "Remove member" }));
    await waitFor(() => expect(sent.map((each) => each.route)).toContain("DELETE /members/usr_2"));
  });

  it("get and lose roles in single projects", async () => {
    const sent = await open({}, { "PUT /projects/prj_1/members/usr_2": bob, "DELETE /projects/prj_1/members/usr_2": undefined });
    fireEvent.click(screen.getByRole("button", { name: /Roles of Bob/ }));
    const select = await screen.findByRole("combobox", { name: "Shop" });
    await expectAccessible();
    fireEvent.change(select, { target: { value: "viewer" } });
    await waitFor(() => expect(sent).toContainEqual({ route: "PUT /projects/prj_1/members/usr_2", body: { role: "viewer" } }));
    fireEvent.change(select, { target: { value: "" } });
    await waitFor(() => expect(sent.map((each) => each.route)).toContain("DELETE /projects/prj_1/members/usr_2"));
  });
});

describe("inviting", () => {
  it("shows the link once, and says that no mail is sent", async () => {
    const sent = await open({}, { "POST /organization/invitations": { ...invitation, link: "https://syntra.test/join/syi_x" } });
    fireEvent.click(screen.getByRole("button", { name: "Invite" }));
    fireEvent.change(await screen.findByRole("textbox", { name: "E-mail" }), { target: { value: " eve@example.com " } });
    fireEvent.change(screen.getByRole("combobox", { name: "Role" }), { target: { value: "viewer" } });
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Create link" }));
    expect((await screen.findByTestId("link")).textContent).toBe("https://syntra.test/join/syi_x");
    expect(screen.getByText(/No mail was sent/)).toBeTruthy();
    expect(sent).toContainEqual({ route: "POST /organization/invitations", body: { email: "eve@example.com", role: "viewer" } });
  });

  it("invites a guest to a project only", async () => {
    const sent = await open({}, { "POST /organization/invitations": { ...invitation, link: "https://syntra.test/join/syi_x" } });
    fireEvent.click(screen.getByRole("button", { name: "Invite" }));
    fireEvent.change(await screen.findByRole("textbox", { name: "E-mail" }), { target: { value: "eve@example.com" } });
    fireEvent.change(screen.getByRole("combobox", { name: "Role" }), { target: { value: "guest" } });
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Create link" }).disabled).toBe(true);
    fireEvent.change(screen.getByRole("combobox", { name: "Project" }), { target: { value: "prj_1" } });
    fireEvent.click(screen.getByRole("button", { name: "Create link" }));
    await waitFor(() => expect(sent).toContainEqual({ route: "POST /organization/invitations", body: { email: "eve@example.com", role: "guest", projects: { prj_1: "developer" } } }));
  });

  it("can be taken back", async () => {
    const sent = await open({}, { "DELETE /organization/invitations/inv_1": undefined });
    fireEvent.click(await screen.findByRole("button", { name: "Revoke the invitation of eve@example.com" }));
    fireEvent.click(await screen.findByRole("button", { name: "Revoke invitation" }));
    await waitFor(() => expect(sent.map((each) => each.route)).toContain("DELETE /organization/invitations/inv_1"));
  });
});
