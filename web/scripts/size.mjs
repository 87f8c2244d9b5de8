// Fails when the first screen's JavaScript weighs more than its budget: the entry, what it imports at once, and the
// heaviest page together with what that imports.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("assets/manifest.json", dist), "utf8"));

const weights = new Map();
function weight(file) {
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return weights.get(file);
}

function closure(key, into = new Set()) {
  const chunk = manifest[key];
  if (!chunk || into.has(key)) return into;
  into.add(key);
  for (const next of chunk.imports ?? []) closure(next, into);
  return into;
}
const total = (keys) => [...keys].map((key) => manifest[key].file).filter((file) => file.endsWith(".js")).reduce((sum, file) => sum + weight(file), 0);

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
if (!entry) throw new Error("the manifest has no entry: build first (npm run build)");
const base = closure(entry);
const pages = Object.keys(manifest).filter((key) => key.startsWith("src/routes/") && manifest[key].isDynamicEntry);
// A page loads inside its layouts: what is in the shell counts for all.
const shell = pages.filter((key) => /routes\/_app\.tsx/.test(key)).reduce((set, key) => closure(key, set), new Set(base));
const rows = pages.map((key) => ({ page: key.replace("src/routes/", "").replace(/\?.*/, ""), bytes: total(closure(key, new Set(shell))) })).sort((a, b) => b.bytes - a.bytes);

const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
console.log(`entry ${kb(total(base))}, with the shell ${kb(total(shell))} (gzip)`);
for (const row of rows) console.log(`${kb(row.bytes).padStart(10)}  ${row.page}`);
const heaviest = rows[0]?.bytes ?? total(shell);
console.log(`first screen at most ${kb(heaviest)} of ${kb(BUDGET)}`);
if (heaviest > BUDGET) {
  console.error("over the budget: load what is heavy when it is used (dynamic import)");
  process.exit(1);
}
