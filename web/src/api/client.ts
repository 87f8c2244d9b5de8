import createClient, { type Middleware } from "openapi-fetch";
import { POSITION_HEADER, position } from "./position";
import { Problem, problemOf } from "./problem";
import type { paths } from "./schema";
import { uuid } from "./uuid";

export const BASE = "/api/v1";

/** The routes below BASE. */
type Routes = { [Path in keyof paths as Path extends `${typeof BASE}${infer Rest}` ? Rest : never]: paths[Path] };

/** Reads wait for the page's own writes; writes are named, so that the same one sent twice happens once. */
const protocol: Middleware = {
  onRequest({ request }) {
    if (request.method === "GET") {
      if (position.current) request.headers.set(POSITION_HEADER, position.current);
    } else if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", uuid());
    }
    return request;
  },
  onResponse({ response }) {
    position.remember(response.headers.get(POSITION_HEADER));
    return response;
  },
};

const PAUSES = [300, 1200];

/** Sends a write again when the connection broke before an answer: its Idempotency-Key makes that safe. */
export async function fetchAgain(request: Request, pauses: readonly number[] = PAUSES): Promise<Response> {
  const named = request.headers.has("Idempotency-Key");
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(request.clone());
    } catch (error) {
      const pause = pauses[attempt];
      if (request.signal.aborted) throw error;
      if (!named || pause === undefined) throw new Problem({ status: 0, detail: "Syntra did not answer." });
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

export const client = createClient<Routes>({ baseUrl: BASE, fetch: (request) => fetchAgain(request) });
client.use(protocol);

/** The answer's body, or the Problem thrown. */
export async function ok<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}

interface Page<T> { items: T[]; next_cursor?: string }

/** A list read to its last page, as one page. `read` asks for the page that begins at a cursor. */
export async function allPages<T>(read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<Page<T>> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read({ limit: 200, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) return { items };
  }
}
