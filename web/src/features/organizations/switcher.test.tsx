import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import { position } from "@/api/position";
import { need } from "@/api/load";
import { queryClient } from "@/api/query";
import { live } from "@/features/live/live";
import { browser } from "@/features/session/anew";
import { meQuery } from "@/features/session/session";
import { type Answer, expectAccessible, me, platform, show } from "@/lib/testing";
import { switchTo } from "./queries";
import { OrganizationSwitcher } from "./switcher";

const organizations = { items: [{ id: "org_1", slug: "acme", name: "Acme", role: "owner", current: true }, { id: "org_2", slug: "beta", name: "Beta", role: "viewer", current: false }] };

class Socket {
  static open: Socket[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onopen = null;
  onclose = null;
  constructor() {
    Socket.open.push(this);
  }
  close() {
    Socket.open = Socket.open.filter((each) => each !== this);
  }
}

let loaded: string[] = [];
beforeEach(() => {
  loaded = [];
  Socket.open = [];
  vi.stubGlobal("WebSocket", Socket);
  vi.spyOn(browser, "load").mockImplementation((path) => void loaded.push(path));
});
afterEach(() => {
  cleanup();
  live.stop();
  queryClient.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function open(answers: Record<string, Answer> = {}) {
  const sent = platform({ "GET /me": me(), "GET /organizations": organizations, ...answers });
  await need(meQuery);
  show(<OrganizationSwitcher />);
  const button = await screen.findByRole("button", { name: "Organization: Acme" });
  button.focus();
  fireEvent.keyDown(button, { key: "Enter" });
  await screen.findByRole("menuitem", { name: /Beta/ });
  return sent;
}

describe("the organization switcher", () => {
  it("opens with a key, lists one's organizations, and is accessible", async () => {
    await open();
    expect(screen.getAllByRole("menuitem").map((each) => each.textContent)).toEqual(["Acmeacme · owner", "Betabeta · viewer", "Members and invitations", "New organization…"]);
    await expectAccessible();
  });

  it("goes to the one that is chosen by key", async () => {
    const sent = await open({ "POST /auth/organization": me({ organization: organizations.items[1] }) });
    fireEvent.keyDown(screen.getByRole("menuitem", { name: /Beta/ }), { key: "Enter" });
    await waitFor(() => expect(loaded).toEqual(["/"]));
    expect(sent).toContainEqual({ route: "POST /auth/organization", body: { organization_id: "org_2" } });
  });

  it("makes another one, and goes there", async () => {
    const sent = await open({ "POST /organizations": { id: "org_3", slug: "new-one", name: "New One", role: "owner" }, "POST /auth/organization": me() });
    fireEvent.click(screen.getByRole("menuitem", { name: /New organization/ }));
    fireEvent.change(await screen.findByRole("textbox", { name: "Name" }), { target: { value: "New One" } });
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Create organization" }));
    await waitFor(() => expect(loaded).toEqual(["/"]));
    expect(sent.slice(-2)).toEqual([{ route: "POST /organizations", body: { slug: "new-one", name: "New One" } }, { route: "POST /auth/organization", body: { organization_id: "org_3" } }]);
  });
});

describe("a switch", () => {
  const row = { id: "svc_1", slug: "secret-of-acme" };

  it("leaves nothing of the old organization: no row, no position, no socket", async () => {
    platform({ "POST /auth/organization": me() });
    live.start();
    const [old] = Socket.open;
    queryClient.setQueryData(keys.services(), { items: [row] });
    position.remember("41");
    await switchTo("org_2");
    expect(queryClient.getQueryCache().getAll()).toEqual([]);
    expect(position.current).toBeNull();
    expect(Socket.open).toEqual([]);
    expect(old!.onmessage).toBeNull();
    expect(loaded).toEqual(["/"]);
  });

  it("lets no message of the old socket in while it goes on", async () => {
    let during: unknown = "not asked";
    platform({ "POST /auth/organization": () => { during = [...Socket.open]; return me(); } });
    live.start();
    await switchTo("org_2");
    expect(during).toEqual([]);
  });

  it("stays where it is when it is refused", async () => {
    platform({ "POST /auth/organization": { status: 404, detail: "organization org_2 does not exist" } });
    live.start();
    queryClient.setQueryData(keys.services(), { items: [row] });
    await expect(switchTo("org_2")).rejects.toThrow("does not exist");
    expect(loaded).toEqual([]);
    expect(queryClient.getQueryData(keys.services())).toEqual({ items: [row] });
    expect(Socket.open).toHaveLength(1);
  });

  it("takes the other tabs of the browser along", async () => {
    platform({ "POST /auth/organization": me() });
    const other = new BroadcastChannel("syntra.session");
    const told = new Promise((resolve) => { other.onmessage = resolve; });
    await switchTo("org_2");
    await told;
    other.close();
  });
});
