// A real browser that notices everything that goes wrong in it, and looks at pages as axe and a person would.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const web = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = web("playwright-core");
const axe = readFileSync(web.resolve("axe-core/axe.min.js"), "utf8");

/** The machine's network interfaces come and go with its containers, and Chromium cuts all connections then. */
const MACHINE = /ERR_NETWORK_CHANGED/;
/** The page itself let go of the request: it was left, or a stream was closed. */
const LEFT = /ERR_ABORTED/;

/** How long anything may take on a busy machine, in milliseconds. */
export const PATIENCE = 90_000;

/** Opens Chromium with a profile of its own. `problems` fills with whatever goes wrong. */
export async function open({ executable, profile, results, baseURL }) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: { width: 1280, height: 860 },
    // What is being faded in has no contrast yet.
    reducedMotion: "reduce",
    baseURL,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = context.pages()[0] ?? (await context.newPage());
  const problems = [];
  const refusals = [];
  const looked = [];
  watch(page, problems, refusals);
  return {
    context,
    page,
    problems,
    looked,
    /** Expects that the server answers requests to a path with this status from here on. */
    expect: (path, status) => refusals.push({ path, status }),
    /** Lets axe look at the page as it is, and takes its picture. */
    look: async (name, { themes = ["light"] } = {}) => {
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        const seen = `${name}-${colorScheme}`;
        looked.push(seen);
        await page.screenshot({ path: join(results, `${seen}.png`) });
        problems.push(...(await violations(page)).map((violation) => `${seen}: axe: ${violation}`));
      }
    },
  };
}

function watch(page, problems, refusals) {
  page.on("pageerror", (error) => problems.push(`exception on ${page.url()}: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // Of what could not be loaded the response or the failed request tells more.
    if (message.type() !== "error" || text.startsWith("Failed to load resource") || MACHINE.test(text)) return;
    problems.push(`console on ${page.url()}: ${text}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (!LEFT.test(reason) && !MACHINE.test(reason)) problems.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() < 400 || refusals.some((each) => each.path === pathname && each.status === response.status())) return;
    problems.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
  });
}

async function violations(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.html.slice(0, 200)}\n    ${node.failureSummary?.replace(/\s+/g, " ") ?? ""}`));
}
