// Looks at every page: takes a picture in both themes and widths, runs axe, and collects what the console complains of.
// node dev/fake-api.mjs 8700 & node dev/shots.mjs [filter]   (pictures go to dev/shots/, which is not kept)
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const base = process.env.SYNTRA_URL ?? "http://127.0.0.1:8700";
const filter = process.argv[2] ?? "";
const out = new URL("./shots/", import.meta.url).pathname;
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
await mkdir(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let bad = 0;

async function rows(context, path) {
  const response = await context.request.get(`${base}/api/v1${path}`);
  return (await response.json()).items;
}

async function pagesOf(context) {
  const services = await rows(context, "/services");
  const deployments = await rows(context, "/deployments?limit=200");
  const servers = await rows(context, "/servers");
  const projects = await rows(context, "/projects");
  const web = services.find((each) => each.slug === "web");
  const site = services.find((each) => each.slug === "site");
  const wordy = services.find((each) => each.slug.startsWith("storefront"));
  const fresh = services.find((each) => each.slug === "preview");
  const failed = deployments.find((each) => each.status === "failed");
  const done = deployments.find((each) => each.service_slug === "web" && each.status === "succeeded");
  const open = async (page, name) => page.getByRole("button", { name }).first().click();
  return [
    ["overview", "/"],
    ["servers", "/servers"],
    ["server", `/servers/${servers[0].id}`],
    ["server-offline", `/servers/${servers[2].id}`],
    ["server-add", "/servers?add=true"],
    ["projects", "/projects"],
    ["project", `/projects/${projects[0].id}`],
    ["project-empty", `/projects/${projects[2].id}`],
    ["services", "/services"],
    ["service-new", `/services/new?project=${projects[0].id}`],
    ["service", `/services/${web.id}`],
    ["long-overview", `/services/${wordy.id}`],
    ["long-settings", `/services/${wordy.id}/settings`],
    ["long-delete", `/services/${wordy.id}/settings`, (page) => open(page, /Delete service/)],
    ["long-deployment", `/deployments/${deployments.find((each) => each.service_id === wordy.id).id}`],
    ["service-menu", `/services/${web.id}`, (page) => open(page, "More actions")],
    ["service-rollback", `/services/${web.id}`, async (page) => { await open(page, "More actions"); await page.getByRole("menuitem", { name: /Roll back/ }).click(); await page.getByRole("radio").first().waitFor(); }],
    ["service-first", `/services/${fresh.id}`],
    ["service-upload", `/services/${fresh.id}`, (page) => open(page, "Deploy")],
    ["service-deployments", `/services/${web.id}/deployments`],
    ["service-logs", `/services/${web.id}/logs`],
    ["service-logs-search", `/services/${web.id}/logs?q=payment`],
    ["service-env", `/services/${web.id}/env`],
    ["service-settings", `/services/${web.id}/settings`],
    ["service-servers", `/services/${site.id}`],
    ["service-placement", `/services/${site.id}/settings`, async (page) => { await page.getByRole("form", { name: "Placement" }).scrollIntoViewIfNeeded(); await page.getByRole("checkbox", { name: /ams/ }).uncheck(); await page.getByRole("checkbox", { name: /old-box/ }).check(); }],
    ["service-delete", `/services/${web.id}/settings`, (page) => open(page, /Delete service/)],
    ["service-history", `/services/${web.id}/history`],
    ["deployments", "/deployments"],
    ["deployment", `/deployments/${done.id}`],
    ["deployment-failed", `/deployments/${failed.id}`],
    ["deployment-live", async () => {
      const response = await context.request.post(`${base}/api/v1/services/${web.id}/deployments`, { data: { kind: "deploy" } });
      return `/deployments/${(await response.json()).id}`;
    }, (page) => page.locator("[data-testid=step-source][data-status=succeeded]").waitFor()],
    ["activity", "/activity"],
    ["settings", "/settings"],
    ["webhooks", "/settings/webhooks"],
    ["webhook-new", "/settings/webhooks", (page) => open(page, "New webhook")],
    ["webhook-secret", "/settings/webhooks", async (page) => { await open(page, "New webhook"); await page.getByLabel("URL").fill("https://example.com/hook"); await open(page, "Create webhook"); await page.getByTestId("webhook-secret").waitFor(); }],
    ["webhook-menu", "/settings/webhooks", (page) => open(page, /^More of/)],
    ["webhook-deliveries", "/settings/webhooks", async (page) => { await open(page, /^Deliveries of events/); await page.getByRole("button", { name: /deployment.failed/ }).first().click(); }],
    ["switcher", "/", (page) => open(page, /Organization:/)],
    ["organization-new", "/", async (page) => { await open(page, /Organization:/); await page.getByRole("menuitem", { name: /New organization/ }).click(); }],
    ["members", "/settings/members"],
    ["members-projects", "/settings/members", (page) => page.getByRole("button", { name: /Roles of Bob/ }).click()],
    ["members-invite", "/settings/members", (page) => open(page, "Invite")],
    ["members-link", "/settings/members", async (page) => { await open(page, "Invite"); await page.getByLabel("E-mail").fill("zoe@example.com"); await page.getByRole("button", { name: "Create link" }).click(); await page.getByTestId("link").waitFor(); }],
    ["join-me", "/join/syi_new"],
    ["join-ended", "/join/syi_ended"],
    ["palette", "/", (page) => page.keyboard.press("Control+k")],
    ["shortcuts", "/", (page) => page.keyboard.press("?")],
    ["not-found", "/nothing/here"],
  ];
}

/** What reaches over the right edge of the panel, dialog or card that it is in. Runs in the page. */
function bursts() {
  const found = [];
  for (const box of document.querySelectorAll("section, article, [role=dialog], [role=region], [role=note]")) {
    const edge = box.getBoundingClientRect().right + 1;
    const within = (element) => element === box || (getComputedStyle(element).overflowX === "visible" && within(element.parentElement));
    for (const element of box.querySelectorAll("*")) {
      const { right, width } = element.getBoundingClientRect();
      if (width > 1 && right > edge && element.parentElement && within(element.parentElement)) found.push(element.outerHTML.slice(0, 160));
    }
  }
  return found.slice(0, 3);
}

for (const [width, scheme] of [[1280, "dark"], [1280, "light"], [768, "dark"], [1920, "light"]]) {
  if (process.env.ONLY && process.env.ONLY !== `${width}-${scheme}`) continue;
  const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme: scheme, reducedMotion: "reduce", baseURL: base });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const look = async (name) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${out}${name}-${width}-${scheme}.png` });
    await page.evaluate(() => typeof window.axe).then(async (has) => has === "undefined" && page.evaluate(await (await import("node:fs/promises")).readFile(axe, "utf8")));
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    for (const burst of await page.evaluate(bursts)) {
      console.log(`${name} ${width} ${scheme}: text bursts its box: ${burst}`);
      bad++;
    }
    for (const violation of violations) console.log(`${name} ${width} ${scheme}: ${violation.id}: ${violation.help}\n   ${violation.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)}\n   ${node.any[0]?.message ?? node.all[0]?.message ?? ""}`).join("\n   ")}`);
    if (wide) console.log(`${name} ${width} ${scheme}: the page scrolls sideways`);
    // Containers that come and go on this machine make Chromium cut its connections; the page recovers, and that is no fault.
    for (const text of complaints.splice(0).filter((each) => !(name === "join-ended" && each.includes("404")) && !/401|ERR_NETWORK_CHANGED|ERR_NETWORK_IO_SUSPENDED/.test(each))) { console.log(`${name} ${width} ${scheme}: console: ${text.slice(0, 400)}`); bad++; }
    bad += violations.length + (wide ? 1 : 0);
  };
  await page.goto("/");
  await page.getByLabel("E-mail").fill("ada@example.com");
  if ("login".includes(filter)) await look("login");
  for (const token of ["new", "known"]) {
    if (!`join-${token}`.includes(filter)) continue;
    await page.goto(`/join/syi_${token}`);
    await page.locator("h1").first().waitFor();
    await look(`join-${token}`);
    await page.goto("/");
    await page.getByLabel("E-mail").fill("ada@example.com");
  }
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
  for (const [name, path, act] of await pagesOf(context)) {
    if (!name.includes(filter)) continue;
    await page.goto(typeof path === "string" ? path : await path(), { waitUntil: "load" });
    await page.locator("h1").first().waitFor();
    await page.waitForTimeout(500);
    try {
      await act?.(page);
      await look(name);
    } catch (error) {
      console.log(`${name} ${width} ${scheme}: ${String(error).slice(0, 300)}`);
      bad++;
    }
  }
  await context.close();
}
await browser.close();
console.log(bad === 0 ? "nothing to complain of" : `${bad} complaints`);
process.exit(bad === 0 ? 0 : 1);
