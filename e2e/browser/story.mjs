// One person's first hour: log in, add a server, make a project and a service, deploy it twice, roll back, sign out.
// Ends with a line of JSON, and non-zero when a page did not do, or axe or the browser found something.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startAgent } from "./agent.mjs";
import { open } from "./browser.mjs";
import * as act from "./acts.mjs";

const need = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

const told = {
  email: need("STORY_EMAIL"),
  password: need("STORY_PASSWORD"),
  archives: { one: need("STORY_ARCHIVE_ONE"), two: need("STORY_ARCHIVE_TWO"), broken: need("STORY_ARCHIVE_BROKEN") },
  // The first build goes on only once this file is there, so that its middle can be looked at for as long as it takes.
  releaseBuild: () => writeFile(need("STORY_GATE"), ""),
  work: need("STORY_WORK"),
  binary: need("STORY_SYNTRA"),
};

const browser = await open({ executable: need("STORY_CHROMIUM"), profile: join(told.work, "profile"), results: need("STORY_RESULTS"), baseURL: need("STORY_URL") });
let agent;
let joined;
const start = () => {
  agent = startAgent(joined, { binary: told.binary, dataDir: told.work });
};
const stage = {
  ...browser,
  told,
  agent: (command) => {
    joined = command;
    start();
  },
  loseAgent: () => agent.kill(),
  findAgent: start,
};

let failure = "";
let scene = "";
try {
  for (const each of act.scenes) {
    scene = each.name;
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${scene}\n`);
    await each(stage);
  }
} catch (error) {
  failure = `${scene}: ${error.stack ?? error}`;
  await browser.page.screenshot({ path: join(need("STORY_RESULTS"), "failure.png") }).catch(() => undefined);
} finally {
  await browser.context.close();
  await agent?.kill();
}

if (failure) process.stderr.write(`${failure}\n`);
for (const problem of browser.problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${JSON.stringify({ looked: browser.looked.length, problems: browser.problems.length, failure })}\n`);
process.exitCode = failure || browser.problems.length > 0 ? 1 : 0;
