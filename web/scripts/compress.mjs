// Writes .gz and .br beside each built file that gains by it, so that the server need not compress at each request.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url).pathname;
const WORTH = new Set([".js", ".css", ".html", ".svg", ".json"]);

for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !WORTH.has(extname(path))) continue;
  const content = await readFile(path);
  if (content.length < 1024) continue;
  const gzip = gzipSync(content, { level: 9 });
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  if (gzip.length < content.length) await writeFile(`${path}.gz`, gzip);
  if (brotli.length < content.length) await writeFile(`${path}.br`, brotli);
}
