import { cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { show } from "@/lib/testing";
import { LogPanel } from "./log-panel";

const panel = () => show(<LogPanel label="Log of web" source={{ of: "services", id: "svc_1" }} search={{ q: "payment" }} onSearch={vi.fn()} streams={[]} empty="nothing" />);

afterEach(cleanup);

describe("LogPanel", () => {
  it("does not say that nothing was found while Syntra is away", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("connection refused")));
    panel();
    expect(await screen.findByText("The log cannot be read at the moment")).toBeTruthy();
    expect(screen.queryByText("No results")).toBeNull();
  });

  it("says so once a search has finished", async () => {
    vi.stubGlobal("fetch", async (request: Request | string) => {
      const url = typeof request === "string" ? request : request.url;
      return await Promise.resolve(url.includes("/stream") ? new Response(new ReadableStream(), { status: 200 }) : Response.json({ items: [] }));
    });
    panel();
    expect(await screen.findByText("No results")).toBeTruthy();
  });
});
