// Opens a service's log while it is flooded, and fails where the page freezes or falls behind.
// node dev/fake-api.mjs 8700 --flood=2000 & node dev/flood.mjs [seconds]
import { chromium } from "playwright-core";

const base = process.env.SYNTRA_URL ?? "http://127.0.0.1:8700";
const seconds = Number(process.argv[2] ?? 15);
const LONGEST_TASK = 200;
const BEHIND = 2000;
const SLOWER = Number(process.env.SLOWER ?? 8);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ baseURL: base, viewport: { width: 1280, height: 860 } });
await page.goto("/");
await page.getByLabel("E-mail").fill("ada@example.com");
await page.getByLabel("Password").fill("secret");
await page.getByRole("button", { name: "Log in" }).click();
await page.getByRole("navigation", { name: "Sections" }).waitFor();
const { items } = await (await page.request.get("/api/v1/services")).json();
await page.goto(`/services/${items.find((each) => each.slug === "web").id}/logs`);
await page.getByRole("log").getByText("flood").first().waitFor();

// As on a machine that is slower than this one, or busy.
const devtools = await page.context().newCDPSession(page);
await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });

/** Runs in the page: what a person would feel, for so many seconds. */
async function measure(seconds) {
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ["longtask"] });
  const ends = performance.now() + seconds * 1000;
  let frames = 0;
  let behind = 0;
  while (performance.now() < ends) {
    await new Promise(requestAnimationFrame);
    frames++;
    const newest = [...document.querySelectorAll("[role=log] [data-index] button")].at(-1)?.textContent ?? "";
    const [hours, minutes, rest] = newest.split(":").map(Number);
    const now = new Date();
    const at = new Date(now.getFullYear(), now.getMonth(), now.getDate(), hours, minutes, 0).getTime() + rest * 1000;
    if (newest) behind = Math.max(behind, now.getTime() - at);
  }
  const rows = document.querySelectorAll("[role=log] [data-index]").length;
  return { framesPerSecond: Math.round(frames / seconds), longTasks: tasks.length, longestTask: Math.round(Math.max(0, ...tasks)), behindMillis: Math.round(behind), rows, heapMB: Math.round((performance.memory?.usedJSHeapSize ?? 0) / 2 ** 20) };
}

const seen = await page.evaluate(measure, seconds);
await browser.close();
console.log(JSON.stringify(seen));
const bad = [
  ...(seen.longestTask > LONGEST_TASK ? [`a task of ${seen.longestTask} ms froze the page (at most ${LONGEST_TASK} ms)`] : []),
  ...(seen.behindMillis > BEHIND ? [`lines are ${seen.behindMillis} ms late (at most ${BEHIND} ms)`] : []),
];
for (const each of bad) console.error(each);
process.exit(bad.length === 0 ? 0 : 1);
