import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { client, fetchAgain, ok } from "./client";
import { position } from "./position";
import { Problem } from "./problem";

const sent: Request[] = [];
const answers: (() => Response)[] = [];

function json(body: unknown, init: ResponseInit = {}): () => Response {
  return () => new Response(JSON.stringify(body), { ...init, headers: { "Content-Type": "application/json", ...(init.headers as Record<string, string>) } });
}

const broken = () => {
  throw new TypeError("Failed to fetch");
};

beforeEach(() => {
  sent.length = answers.length = 0;
  position.forget();
  vi.stubGlobal("fetch", (request: Request) => {
    sent.push(request);
    const answer = answers.shift();
    if (!answer) throw new Error("no answer was prepared");
    return Promise.resolve().then(answer);
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("reading one's own writes", () => {
  it("sends the highest position that writes answered with each read", async () => {
    answers.push(json({ id: "prj_1" }, { status: 201, headers: { "Syntra-Position": "41" } }), json({ items: [] }));
    await ok(client.POST("/projects", { body: { slug: "shop" } }));
    await ok(client.GET("/projects"));
    expect(sent[1]!.headers.get("Syntra-Position")).toBe("41");
  });

  it("sends none before the first write", async () => {
    answers.push(json({ items: [] }));
    await ok(client.GET("/projects"));
    expect(sent[0]!.headers.has("Syntra-Position")).toBe(false);
  });

  it("does not go back when an older answer comes late", async () => {
    answers.push(json({}, { headers: { "Syntra-Position": "50" } }), json({}, { headers: { "Syntra-Position": "49" } }), json({ items: [] }));
    await ok(client.POST("/projects", { body: { slug: "a" } }));
    await ok(client.POST("/projects", { body: { slug: "b" } }));
    await ok(client.GET("/projects"));
    expect(sent[2]!.headers.get("Syntra-Position")).toBe("50");
  });
});

describe("naming writes", () => {
  it("gives each POST a key of its own, and reads none", async () => {
    answers.push(json({}), json({}), json({ items: [] }));
    await ok(client.POST("/projects", { body: { slug: "a" } }));
    await ok(client.POST("/projects", { body: { slug: "a" } }));
    await ok(client.GET("/projects"));
    const keys = sent.map((request) => request.headers.get("Idempotency-Key"));
    expect(keys[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBeNull();
  });

  it("sends a write whose answer was lost again, under the same key and with the same body", async () => {
    answers.push(broken, json({ id: "prj_1" }));
    const request = new Request("http://syntra.test/api/v1/projects", { method: "POST", body: '{"slug":"shop"}', headers: { "Idempotency-Key": "k" } });
    const response = await fetchAgain(request, [0]);
    expect(await response.json()).toEqual({ id: "prj_1" });
    expect(sent.map((each) => each.headers.get("Idempotency-Key"))).toEqual(["k", "k"]);
    expect(await sent[1]!.text()).toBe('{"slug":"shop"}');
  });

  it("says that Syntra does not answer when it stays away", async () => {
    answers.push(broken, broken);
    const request = new Request("http://syntra.test/api/v1/projects", { method: "POST", headers: { "Idempotency-Key": "k" } });
    await expect(fetchAgain(request, [0])).rejects.toMatchObject({ status: 0, temporary: true });
    expect(sent).toHaveLength(2);
  });

  it("leaves a read that failed to whoever asked", async () => {
    answers.push(broken);
    await expect(fetchAgain(new Request("http://syntra.test/api/v1/projects"), [0])).rejects.toBeInstanceOf(Problem);
    expect(sent).toHaveLength(1);
  });
});

describe("refusals", () => {
  it("throws the problem that the API tells", async () => {
    answers.push(json({ title: "Conflict", status: 409, detail: 'the project name "shop" is taken: choose another', code: "conflict", reason: "name_taken", request_id: "r1" }, { status: 409 }));
    await expect(ok(client.POST("/projects", { body: { slug: "shop" } }))).rejects.toMatchObject({
      message: 'the project name "shop" is taken: choose another',
      status: 409,
      reason: "name_taken",
      requestId: "r1",
      temporary: false,
    });
  });

  it("makes something of an answer that is no problem document", async () => {
    answers.push(() => new Response("<html>bad gateway</html>", { status: 502, headers: { "X-Request-ID": "r2" } }));
    await expect(ok(client.GET("/projects"))).rejects.toMatchObject({ status: 502, requestId: "r2", temporary: true });
  });

  it("adds the fields that the detail does not name yet", async () => {
    const errors = [{ location: "body.slug", message: "expected string" }, { location: "body.name", message: "too long" }];
    answers.push(json({ detail: "the request does not fit: body.slug: expected string", errors }, { status: 422 }));
    await expect(ok(client.POST("/projects", { body: { slug: "" } }))).rejects.toThrow("the request does not fit: body.slug: expected string; name too long");
  });
});
