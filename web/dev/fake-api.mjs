// For work on the dashboard without a platform: the API's JSON contract over sample data that changes by itself.
// Development only; nothing of it gets into the build. node dev/fake-api.mjs [port] [--empty] [--flood=2000], then SYNTRA_URL=… npm run dev
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { WebSocketServer } from "ws";
import { World } from "./fake-world.mjs";

const port = Number(process.argv[2] ?? 8700);
const dist = new URL("../dist/", import.meta.url).pathname;
const world = new World({ empty: process.argv.includes("--empty") });
const flood = process.argv.find((each) => each.startsWith("--flood="));
if (flood) world.flood(Number(flood.slice("--flood=".length)));
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const problem = (res, status, detail, reason = "") => {
  res.writeHead(status, { "Content-Type": "application/problem+json" });
  res.end(JSON.stringify({ type: "about:blank", title: detail, status, detail, code: "error", reason, request_id: "0198c1f0a7f34f5c" }));
};

async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  try {
    return JSON.parse(raw.toString());
  } catch {
    return raw;
  }
}

function sse(req, res, lines) {
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  const after = req.headers["last-event-id"];
  let next = after ? Number(after) : Math.max(0, lines().length - 100);
  const timer = setInterval(() => {
    // A line's cursor is its number.
    for (const line of lines(next)) {
      next = Number(line.cursor);
      res.write(`id: ${line.cursor}\nevent: ${line.stream === "gap" ? "gap" : "line"}\ndata: ${JSON.stringify(line)}\n\n`);
    }
  }, 200);
  res.on("close", () => clearInterval(timer));
}

const server = createServer(async (req, res) => {
  const url = new URL(req.url, "http://x");
  if (!url.pathname.startsWith("/api/v1/")) {
    const asset = join(dist, url.pathname);
    const file = url.pathname !== "/" && extname(url.pathname) && existsSync(asset) ? asset : join(dist, "index.html");
    // The policy that the platform sends, so that what it forbids fails here too.
    res.writeHead(200, { "Content-Type": types[extname(file)] ?? "text/plain", "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'" });
    createReadStream(file).pipe(res);
    return;
  }
  const path = url.pathname.slice("/api/v1".length);
  if (path !== "/auth/login" && !/^\/invitations\/[^/]+(\/register)?$/.test(path) && !(req.headers.cookie ?? "").includes("syntra_session=1")) return problem(res, 401, "not logged in");
  const logs = /^\/(services|deployments)\/([^/]+)\/logs(\/stream)?$/.exec(path);
  if (logs) {
    const lines = (after) => world.linesOf(logs[2], url.searchParams, after);
    if (logs[3]) return sse(req, res, lines);
    const all = lines().filter((line) => !url.searchParams.get("cursor") || Number(line.cursor) < Number(url.searchParams.get("cursor")));
    const limit = Number(url.searchParams.get("limit") ?? 200);
    const items = all.slice(-limit);
    res.setHeader("Content-Type", "application/json");
    return res.end(JSON.stringify({ items, ...(items.length === limit ? { next_cursor: items[0].cursor } : {}) }));
  }
  const result = world.handle(req.method, path, url.searchParams, await bodyOf(req));
  if (!result) return problem(res, 404, `there is no ${path}`);
  if (result.problem) return problem(res, result.status, result.problem);
  const headers = { "Content-Type": "application/json" };
  if (req.method !== "GET") headers["Syntra-Position"] = String(world.position);
  if (path === "/auth/login" || path.endsWith("/register")) headers["Set-Cookie"] = "syntra_session=1; Path=/; HttpOnly; SameSite=Strict";
  if (path === "/auth/logout") headers["Set-Cookie"] = "syntra_session=; Path=/; Max-Age=0";
  res.writeHead(result.body === undefined ? 204 : 200, headers);
  res.end(result.body === undefined ? undefined : JSON.stringify(result.body));
});

const sockets = new WebSocketServer({ server, path: "/api/v1/stream" });
sockets.on("connection", (socket) => {
  socket.send(JSON.stringify({ type: "hello", position: String(world.position) }));
  const ping = setInterval(() => socket.send(JSON.stringify({ type: "ping" })), 15_000);
  socket.on("close", () => clearInterval(ping));
});
world.onMessage = (message) => {
  for (const socket of sockets.clients) socket.send(JSON.stringify(message));
};
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
