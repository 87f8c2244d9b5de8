import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "@/api/query";
import { Deliveries } from "./deliveries";
import { deliveryLook } from "./delivery-row";
import { EVENT_GROUPS, eventsLine } from "./events";
import { Webhooks } from "./webhooks";

const webhook = { id: "whk_1", name: "Chat", host: "chat.example.com", events: ["deployment.failed"], enabled: true, created_at: "2026-11-26T08:00:00Z" };
const delivery = {
  id: "msg_1", destination: "whk_1", type: "deployment.failed", state: "dead" as const, attempts: 15, error: "the receiver answered 500",
  answer_status: 500, answer: "<b>oops</b>", millis: 31, payload: '{"type":"deployment.failed"}', created_at: "2026-11-26T08:00:00Z",
};

/** What the API answers, by method and path; and what it was asked. */
let answers: Record<string, [status: number, body: unknown]>;
let asked: { what: string; body: unknown }[];

beforeEach(() => {
  asked = [];
  answers = { "GET /projects": [200, { items: [] }], "GET /webhooks": [200, { items: [webhook] }] };
  vi.stubGlobal("fetch", async (request: Request) => {
    const what = `${request.method} ${new URL(request.url).pathname.slice("/api/v1".length)}`;
    const text = await request.text();
    asked.push({ what, body: text ? (JSON.parse(text) as unknown) : undefined });
    const [status, body] = answers[what] ?? [404, { status: 404, detail: `no ${what}` }];
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" } });
  });
});
afterEach(() => {
  cleanup();
  queryClient.clear();
  vi.unstubAllGlobals();
});

const show = (page: ReactNode) => render(<QueryClientProvider client={queryClient}>{page}</QueryClientProvider>);
const press = async (name: string | RegExp) => fireEvent.click(await screen.findByRole("button", { name }));
const bodyOf = (what: string) => asked.find((each) => each.what === what)?.body;

describe("webhooks", () => {
  it("says what they are and what to do where there is none", async () => {
    answers["GET /webhooks"] = [200, { items: [] }];
    show(<Webhooks />);
    await screen.findByText("No webhooks yet");
    expect(screen.getByRole("button", { name: "New webhook" })).toBeTruthy();
  });

  it("makes one for what is chosen, and shows its secret this once", async () => {
    answers["POST /webhooks"] = [201, { ...webhook, secret: "whsec_x" }];
    show(<Webhooks />);
    await press("New webhook");
    fireEvent.change(await screen.findByLabelText("URL"), { target: { value: "https://example.com/hook" } });
    fireEvent.click(screen.getByLabelText("Back"));
    await press("Create webhook");
    await screen.findByText("whsec_x");
    expect(bodyOf("POST /webhooks")).toEqual({ url: "https://example.com/hook", name: "", events: ["deployment.failed", "server.lost", "server.back"] });
    await press("Done");
    await waitFor(() => expect(screen.queryByText("whsec_x")).toBeNull());
  });

  it("asks for a choice of events", async () => {
    show(<Webhooks />);
    await press("New webhook");
    fireEvent.change(await screen.findByLabelText("URL"), { target: { value: "https://example.com/hook" } });
    const create = screen.getByRole<HTMLButtonElement>("button", { name: "Create webhook" });
    expect(create.disabled).toBe(false);
    fireEvent.click(screen.getByLabelText(/^All events/));
    expect(create.disabled).toBe(false);
    fireEvent.click(screen.getByLabelText(/^All events/));
    expect(create.disabled).toBe(true);
  });

  it("shows a refusal where it was made", async () => {
    answers["POST /webhooks"] = [422, { status: 422, detail: "the webhook's URL is not encrypted" }];
    show(<Webhooks />);
    await press("New webhook");
    fireEvent.change(await screen.findByLabelText("URL"), { target: { value: "http://example.com/hook" } });
    await press("Create webhook");
    await screen.findByText("the webhook's URL is not encrypted");
  });

  it("says why one stands still, and cannot be tested then", async () => {
    answers["GET /webhooks"] = [200, { items: [{ ...webhook, enabled: false, reason: "its receiver answered 410 Gone" }] }];
    show(<Webhooks />);
    await screen.findByText("its receiver answered 410 Gone");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Test Chat" }).disabled).toBe(true);
  });
});

describe("deliveries", () => {
  it("show what was answered, as text, and are sent again", async () => {
    answers["GET /webhooks/whk_1/deliveries"] = [200, { items: [delivery] }];
    answers["POST /deliveries/msg_1/redeliver"] = [200, { ...delivery, state: "pending" }];
    show(<Deliveries webhook={webhook} />);
    await press(/^deployment.failed/);
    await screen.findByText("the receiver answered 500");
    await screen.findByText("<b>oops</b>");
    await press("Redeliver deployment.failed");
    await waitFor(() => expect(asked.some((each) => each.what === "POST /deliveries/msg_1/redeliver")).toBe(true));
  });

  it("come in pages", async () => {
    answers["GET /webhooks/whk_1/deliveries"] = [200, { items: [delivery], next_cursor: "7" }];
    show(<Deliveries webhook={webhook} />);
    await screen.findByText("deployment.failed");
    answers["GET /webhooks/whk_1/deliveries"] = [200, { items: [{ ...delivery, id: "msg_0", type: "server.lost" }] }];
    await press("Show older");
    await screen.findByText("server.lost");
    expect(screen.getByText("deployment.failed")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Show older" })).toBeNull();
  });

  it("say in a word how they stand", () => {
    expect(deliveryLook({ state: "delivered", attempts: 1 }).label).toBe("Delivered");
    expect(deliveryLook({ state: "pending", attempts: 0 }).label).toBe("Pending");
    expect(deliveryLook({ state: "pending", attempts: 2 }).label).toBe("Retrying");
    expect(deliveryLook({ state: "dead", attempts: 15 }).label).toBe("Given up");
  });
});

describe("events", () => {
  it("are grouped once each", () => {
    expect(EVENT_GROUPS.map(({ group }) => group)).toEqual(["Deployments", "Services", "Servers", "Approvals"]);
  });

  it("fit one line", () => {
    expect(eventsLine(["*"])).toBe("All events");
    expect(eventsLine(["server.lost", "server.back"])).toBe("server.lost, server.back");
    expect(eventsLine(["a", "b", "c", "d"])).toBe("a, b and 2 more");
  });
});
