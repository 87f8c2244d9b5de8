import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider, createMemoryHistory, createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import axe from "axe-core";
import type { ReactNode } from "react";
import { expect, vi } from "vitest";
import { queryClient } from "@/api/query";

/** One answer of a platform that a test describes: the body, or a status with a problem. */
export type Answer = object | ((body: unknown) => object | undefined) | undefined;

export interface Sent { route: string; body: unknown }

/** Answers "METHOD /path" below /api/v1 as a test says, and keeps what was sent. What is not described is 404. */
export function platform(answers: Record<string, Answer>): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const route = `${request.method} ${new URL(request.url).pathname.replace("/api/v1", "")}`;
    const text = await request.text();
    const body: unknown = text ? JSON.parse(text) : undefined;
    sent.push({ route, body });
    if (!(route in answers)) return problem({ status: 404, detail: `there is no ${route}` });
    const described = answers[route];
    const answer: object | undefined = typeof described === "function" ? (described as (body: unknown) => object | undefined)(body) : described;
    if (answer === undefined) return new Response(null, { status: 204 });
    return "status" in answer && "detail" in answer ? problem(answer) : Response.json(answer);
  });
  return sent;
}

function problem(fields: object): Response {
  return Response.json(fields, { status: "status" in fields ? Number(fields.status) : 500, headers: { "Content-Type": "application/problem+json" } });
}

/** Shows pages by their addresses, beginning at the first, for what happens between pages. */
export function showPages(pages: Record<string, () => ReactNode>) {
  const root = createRootRoute();
  const routeTree = root.addChildren(Object.entries(pages).map(([path, component]) => createRoute({ getParentRoute: () => root, path, component })));
  const router = createRouter({ routeTree, history: createMemoryHistory({ initialEntries: Object.keys(pages).slice(0, 1) }) });
  render(<QueryClientProvider client={queryClient}><RouterProvider router={router as never} /></QueryClientProvider>);
  return router;
}

/** Shows a part of the dashboard with the query cache and a router around it. */
export function show(children: ReactNode) {
  const route = createRootRoute({ component: () => <main id="content">{children}</main> });
  const router = createRouter({ routeTree: route, history: createMemoryHistory() });
  return render(<QueryClientProvider client={queryClient}><RouterProvider router={router as never} /></QueryClientProvider>);
}

/** What only a real browser can tell (dev/shots.mjs looks there): colours, the page's frame, and where the focus guards of a dialog lead. */
const NOT_HERE = ["color-contrast", "region", "page-has-heading-one", "aria-hidden-focus"];

/** Expects that axe finds nothing. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: Object.fromEntries(NOT_HERE.map((rule) => [rule, { enabled: false }])) });
  expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

export const me = (change: object = {}) => ({
  user: { id: "usr_1", email: "ada@example.com", name: "Ada" },
  organization: { id: "org_1", slug: "acme", name: "Acme" },
  role: "owner",
  projects: {},
  version: "1",
  ...change,
});
