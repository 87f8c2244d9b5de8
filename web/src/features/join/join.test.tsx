import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Me, Offer } from "@/api/types";
import { browser } from "@/features/session/anew";
import { type Answer, expectAccessible, me, platform, show } from "@/lib/testing";
import { JoinAsMe } from "./join-as-me";
import { OfferText } from "./join-card";
import { JoinWithAccount } from "./join-with-account";
import { openInvitation } from "./queries";

const offer: Offer = {
  organization: { id: "org_9", slug: "beta", name: "Beta" }, role: "guest", projects: [{ name: "Shop", role: "developer" }], invited_by: "Grace",
  email: "bob@example.com", has_account: false, expires_at: "2126-01-01T00:00:00Z",
};
const known = { ...offer, has_account: true };
let loaded: string[] = [];
beforeEach(() => {
  loaded = [];
  vi.spyOn(browser, "load").mockImplementation((path) => void loaded.push(path));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("an invitation's page", () => {
  it("says who invites whom, where to and as what", async () => {
    show(<OfferText offer={offer} />);
    expect((await screen.findByRole("heading")).textContent).toBe("Join Beta");
    expect(screen.getByText(/Grace invites bob@example.com/)).toBeTruthy();
    expect(screen.getByText("Developer in Shop")).toBeTruthy();
    await expectAccessible();
  });

  it("is for who is not logged in, too", async () => {
    platform({ "GET /invitations/syi_x": offer, "GET /me": { status: 401, detail: "log in" } });
    expect(await openInvitation("syi_x")).toEqual({ offer, me: null });
  });

  it("says what failed where it cannot be read", async () => {
    platform({ "GET /me": me(), "GET /invitations/syi_x": { status: 429, detail: "wait a moment" } });
    await expect(openInvitation("syi_x")).rejects.toThrow("wait a moment");
  });

  it("is none where the invitation is not valid", async () => {
    platform({ "GET /me": me() });
    expect((await openInvitation("syi_x")).offer).toBeNull();
  });
});

describe("joining with an account", () => {
  const open = async (what: Offer, answers: Record<string, Answer>) => {
    const sent = platform(answers);
    show(<JoinWithAccount token="syi_x" offer={what} />);
    await screen.findByRole("button", { name: / join$/ });
    await expectAccessible();
    return sent;
  };

  it("makes a new one", async () => {
    const sent = await open(offer, { "POST /invitations/syi_x/register": { id: "org_9" } });
    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Create account and join" });
    fireEvent.change(screen.getByLabelText("Name"), { target: { value: "Bob" } });
    fireEvent.change(screen.getByLabelText("New password"), { target: { value: "short" } });
    expect(button.disabled).toBe(true);
    fireEvent.change(screen.getByLabelText("New password"), { target: { value: "long enough to do" } });
    fireEvent.click(button);
    await waitFor(() => expect(loaded).toEqual(["/"]));
    expect(sent).toEqual([{ route: "POST /invitations/syi_x/register", body: { name: "Bob", password: "long enough to do" } }]);
  });

  it("asks for the password of the one that there is", async () => {
    await open(known, { "POST /invitations/syi_x/register": { status: 401, detail: "e-mail or password is wrong" } });
    expect(screen.queryByLabelText("Name")).toBeNull();
    fireEvent.change(screen.getByLabelText("Password"), { target: { value: "guess" } });
    fireEvent.click(screen.getByRole("button", { name: "Log in and join" }));
    await screen.findByText("This is not the password of that account.");
    expect(loaded).toEqual([]);
  });
});

describe("joining as who is logged in", () => {
  const open = async (answers: Record<string, Answer>) => {
    const sent = platform({ "POST /auth/organization": me(), ...answers });
    show(<JoinAsMe token="syi_x" offer={offer} me={me() as Me} />);
    fireEvent.click(await screen.findByRole("button", { name: "Join Beta" }));
    return sent;
  };

  it("says that the invitation was made for somebody else, joins, and goes there", async () => {
    const sent = await open({ "POST /invitations/syi_x/accept": { id: "org_9", slug: "beta", name: "Beta", role: "guest" } });
    expect(screen.getByText(/made for bob@example.com/)).toBeTruthy();
    await waitFor(() => expect(loaded).toEqual(["/"]));
    expect(sent.map((each) => each.route)).toEqual(["POST /invitations/syi_x/accept", "POST /auth/organization"]);
  });

  it("opens the organization of who belongs to it already", async () => {
    await open({ "POST /invitations/syi_x/accept": { status: 409, detail: "you are a member already", reason: "member_already" } });
    fireEvent.click(await screen.findByRole("button", { name: "Open Beta" }));
    await waitFor(() => expect(loaded).toEqual(["/"]));
  });
});
