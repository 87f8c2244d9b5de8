// The scenes of the story, in order. Each finds what it uses as a person does, by role and name, and waits for what it
// expects to see; none waits for time to pass.
import { strict as assert } from "node:assert";

const BOTH = { themes: ["light", "dark"] };
const rail = (page, section) => page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: section });
const tab = (page, name) => page.getByRole("navigation", { name: "Pages of web" }).getByRole("link", { name, exact: true });
const heading = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();
const status = (page, text) => page.getByTestId("deployment-status").getByText(text).waitFor();
const step = (page, name, state) => page.locator(`[data-testid=step-${name}][data-status=${state}]`).waitFor();

async function logIn(stage) {
  const { page, told } = stage;
  stage.expect("/api/v1/me", 401);
  await page.goto("/servers");
  await heading(page, "Log in to Syntra");
  await stage.look("login", BOTH);
  stage.expect("/api/v1/auth/login", 401);
  await page.getByLabel("E-mail").fill(told.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("E-mail or password is wrong.").waitFor();
  await stage.look("login-refused");
  await page.getByLabel("Password").fill(told.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await heading(page, "Servers"); // where the person wanted to go
  await rail(page, "Overview").click();
  await page.locator("[data-testid=live][data-state=live]").waitFor();
  await page.getByText(/servers? online/).waitFor();
  await stage.look("overview-first", BOTH);
}

async function addAServer(stage) {
  const { page } = stage;
  await rail(page, "Servers").click();
  await heading(page, "Servers");
  await page.getByRole("button", { name: "Add server" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Second Hand");
  await dialog.getByText("It will be called second-hand").waitFor();
  await stage.look("server-add");
  await dialog.getByRole("button", { name: "Add server" }).click();
  await page.getByRole("dialog", { name: "Connect second-hand" }).waitFor();
  await dialog.getByText("Waiting for the agent").waitFor();
  await stage.look("server-join", BOTH);
  const command = await dialog.locator("code").filter({ hasText: "syntra agent" }).innerText();
  stage.agent(command.replace(/^\s*\$\s*/, "").trim());
  await dialog.getByText("Connected", { exact: true }).waitFor();
  await stage.look("server-joined");
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("row", { name: /second-hand.*Online/ }).waitFor();
  await stage.look("servers", BOTH);
  await page.getByRole("link", { name: "second-hand" }).click();
  await page.getByRole("heading", { name: "Memory" }).waitFor();
  await stage.look("server", BOTH);
}

async function makeAProject(stage) {
  const { page } = stage;
  await rail(page, "Projects").click();
  await heading(page, "Projects");
  await stage.look("projects");
  await page.getByRole("button", { name: "New project" }).first().click();
  await page.getByRole("dialog").getByLabel("Name").fill("Corner Shop");
  await stage.look("project-new");
  await page.getByRole("button", { name: "Create project" }).click();
  await heading(page, "Corner Shop");
  await page.getByText("No services yet").waitFor();
  await stage.look("project-empty");
}

async function makeAService(stage) {
  const { page } = stage;
  await page.getByRole("main").getByRole("link", { name: "New service" }).first().click();
  await heading(page, "New service");
  await page.getByRole("textbox", { name: "Name" }).fill("web");
  const option = page.getByRole("option", { name: /second-hand/ });
  await page.getByRole("combobox", { name: "Server" }).selectOption(await option.getAttribute("value"));
  await page.getByRole("radio", { name: /Git repository/ }).check({ force: true });
  await page.getByRole("textbox", { name: "Repository" }).waitFor();
  await stage.look("service-new", BOTH);
  await page.getByRole("radio", { name: /Uploaded directory/ }).check({ force: true });
  await page.getByRole("button", { name: "Create service" }).click();
  await page.getByText("web has never been deployed").waitFor();
  await stage.look("service-empty");
}

async function upload(stage, archive) {
  const { page } = stage;
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.getByRole("dialog").getByLabel("Archive").setInputFiles(archive);
  if (!stage.looked.some((name) => name.startsWith("deploy-dialog"))) await stage.look("deploy-dialog");
  await page.getByRole("button", { name: "Upload and deploy" }).click();
  await page.waitForURL(/\/deployments\/dep_/);
  await heading(page, /^Deploy of web/);
}

async function deployAndWatch(stage) {
  const { page, told } = stage;
  await upload(stage, told.archives.one);
  await step(page, "build", "running");
  const log = page.getByRole("log");
  await log.getByText("compiling the shop", { exact: true }).waitFor();
  assert.equal(await page.locator("[data-testid=step-start]").getAttribute("data-status"), "pending");
  await stage.look("deployment-running", BOTH);
  await told.releaseBuild();
  await log.getByText("the shop is compiled", { exact: true }).waitFor();
  await status(page, "Succeeded");
  for (const name of ["source", "build", "release", "start", "health", "shift", "drain", "verify"]) await step(page, name, "succeeded");
  await stage.look("deployment-succeeded", BOTH);
  await page.getByTestId("step-build").getByRole("button").click();
  await page.getByRole("region", { name: "Log of step build" }).getByText("compiling the shop", { exact: true }).waitFor();
  await stage.look("deployment-step");
  await serves(stage, "one");
}

/** Opens the service's address from its page and reads it. */
async function serves(stage, version) {
  const { page, context } = stage;
  await openService(page);
  const address = page.getByRole("link", { name: /opens a new window/ }).first();
  const [shop] = await Promise.all([context.waitForEvent("page"), address.click()]);
  await shop.getByText(version, { exact: true }).waitFor();
  await shop.close();
}

async function openService(page) {
  const crumb = page.getByRole("main").getByRole("link", { name: "web", exact: true }).first();
  if (/\/services\/svc_[a-z0-9]+$/.test(new URL(page.url()).pathname)) return;
  await crumb.click();
  await heading(page, "web");
}

async function deployASecondVersion(stage) {
  const { page, told } = stage;
  await openService(page);
  await upload(stage, told.archives.two);
  await status(page, "Succeeded");
  await serves(stage, "two");
  await stage.look("service", BOTH);
}

async function deployWhatDoesNotBuild(stage) {
  const { page, told } = stage;
  await openService(page);
  await upload(stage, told.archives.broken);
  await status(page, "Failed");
  await page.getByRole("note", { name: /Failed at/ }).getByText("no such shelf").first().waitFor();
  await page.getByText("goes on serving").waitFor();
  await stage.look("deployment-failed", BOTH);
  await serves(stage, "two");
}

async function rollBack(stage) {
  const { page } = stage;
  await page.getByRole("button", { name: "More actions" }).click();
  await stage.look("service-menu");
  await page.getByRole("menuitem", { name: /Roll back to/ }).click();
  const dialog = page.getByRole("dialog", { name: "Roll back web" });
  await dialog.getByRole("radio", { name: "Release #1" }).check();
  await stage.look("rollback-dialog", BOTH);
  await dialog.getByRole("button", { name: "Roll back to #1" }).click();
  await heading(page, /^Rollback of web/);
  await status(page, "Succeeded");
  assert.equal(await page.locator("[data-testid=step-build]").count(), 0, "a rollback builds nothing");
  await stage.look("deployment-rollback");
  await serves(stage, "one");
}

async function goForwardFromTheDeployment(stage) {
  const { page } = stage;
  await tab(page, "Deployments").click();
  await page.getByRole("table").getByRole("row").nth(1).waitFor();
  await stage.look("service-deployments");
  // The newest four are the rollback, the failure, the second version, the first.
  await page.getByRole("table").getByRole("row").nth(3).click();
  await heading(page, /^Deploy of web/);
  await page.getByRole("button", { name: "Roll back to #2…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Roll back to #2" }).click();
  await heading(page, /^Rollback of web/);
  await status(page, "Succeeded");
  await serves(stage, "two");
}

async function readTheLog(stage) {
  const { page, context } = stage;
  const address = await page.getByRole("link", { name: /opens a new window/ }).first().getAttribute("href");
  await tab(page, "Logs").click();
  await page.getByText("Following", { exact: true }).waitFor();
  const shop = await context.newPage();
  await shop.goto(`${address}/say?line=${encodeURIComponent("a customer has come in")}`);
  await shop.close();
  await page.getByRole("log").getByText("a customer has come in").waitFor();
  await stage.look("service-logs", BOTH);
}

async function setAVariable(stage) {
  const { page } = stage;
  await tab(page, "Env").click();
  await page.getByText("No variables yet").waitFor();
  await page.getByRole("button", { name: "Add variables" }).click();
  await page.getByRole("dialog").getByLabel("Variables").fill("SHOP_NAME=The Corner");
  await stage.look("service-env-add");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("list", { name: "Variables of web" }).getByText("SHOP_NAME").waitFor();
  await page.getByRole("note", { name: "Changes not live yet" }).waitFor();
  assert.equal(await page.getByText("The Corner").count(), 0, "a value is never shown again");
  await stage.look("service-env");
}

/** Changes it there and back, so that the story can be told again. */
async function changeThePassword(stage) {
  const { page, told } = stage;
  const dialog = page.getByRole("dialog", { name: "Change the password" });
  const change = async (current, next) => {
    await dialog.getByLabel("Current password").fill(current);
    await dialog.getByLabel("New password").fill(next);
    await dialog.getByRole("button", { name: "Change password" }).click();
  };
  const open = () => page.getByRole("button", { name: "Change password…" }).click();
  await open();
  stage.expect("/api/v1/auth/password", 403);
  await change("not the password", "another password");
  await dialog.getByText("This is not the current password.").waitFor();
  await stage.look("password-refused", BOTH);
  await change(told.password, "another password");
  await dialog.waitFor({ state: "hidden" });
  await page.getByText("The password was changed").waitFor();
  await open();
  await change("another password", told.password);
  await dialog.waitFor({ state: "hidden" });
}

async function lookAround(stage) {
  const { page } = stage;
  await tab(page, "Settings").click();
  await page.getByRole("button", { name: /Delete/ }).first().waitFor();
  await stage.look("service-settings", BOTH);
  await tab(page, "History").click();
  await page.getByRole("list", { name: "History" }).waitFor();
  await stage.look("service-history");
  await rail(page, "Projects").click();
  await page.getByRole("link", { name: "Corner Shop" }).click();
  await page.getByRole("row", { name: /web.*Running/ }).waitFor();
  await stage.look("project");
  await rail(page, "Deployments").click();
  await page.getByRole("row", { name: /web/ }).first().waitFor();
  await stage.look("deployments", BOTH);
  await rail(page, "Activity").click();
  await page.getByRole("list", { name: "Activity" }).waitFor();
  await stage.look("activity");
  await rail(page, "Settings").click();
  await heading(page, "Settings");
  await stage.look("settings", BOTH);
  await changeThePassword(stage);
  await rail(page, "Overview").click();
  await page.getByText(/servers? online/).waitFor();
  await stage.look("overview", BOTH);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("combobox").fill("corner");
  await page.getByRole("option").first().waitFor();
  await stage.look("palette", BOTH);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
}

/** Its agent dies: the page says so by itself, goes on showing what is known, and sees it come back. */
async function loseTheAgent(stage) {
  const { page } = stage;
  await rail(page, "Servers").click();
  await page.getByRole("row", { name: /second-hand.*Online/ }).waitFor();
  await stage.loseAgent();
  await page.getByRole("row", { name: /second-hand.*Offline/ }).waitFor();
  await stage.look("servers-offline", BOTH);
  await page.getByRole("link", { name: "second-hand" }).click();
  await page.getByText(/Its services go on serving/).waitFor();
  await stage.look("server-offline");
  await rail(page, "Overview").click();
  await heading(page, /needs? attention/);
  const missing = page.getByRole("link", { name: /second-hand.*is offline/ });
  await missing.waitFor();
  await stage.look("overview-attention", BOTH);
  stage.findAgent();
  await missing.waitFor({ state: "hidden" });
}

/** Confirms what cannot be undone by typing the thing's name. */
async function confirm(stage, name, typed, action) {
  const dialog = stage.page.getByRole("dialog", { name });
  await dialog.getByLabel(/to confirm/).fill(typed);
  await stage.look(`delete-${typed}`);
  await dialog.getByRole("button", { name: action, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
}

async function takeItAllAway(stage) {
  const { page } = stage;
  await rail(page, "Projects").click();
  await page.getByRole("link", { name: "Corner Shop" }).click();
  await page.getByRole("link", { name: "web", exact: true }).click();
  await tab(page, "Settings").click();
  await page.getByRole("button", { name: "Delete service…" }).click();
  await confirm(stage, "Delete web?", "web", "Delete web");
  await heading(page, "Corner Shop");
  await page.getByText("No services yet").waitFor();
  await page.getByRole("button", { name: "Actions on corner-shop" }).click();
  await page.getByRole("menuitem", { name: "Delete project…" }).click();
  await confirm(stage, "Delete project corner-shop?", "corner-shop", "Delete project");
  await heading(page, "Projects");
  await rail(page, "Servers").click();
  await page.getByRole("link", { name: "second-hand" }).click();
  await page.getByRole("button", { name: "Actions on second-hand" }).click();
  await page.getByRole("menuitem", { name: "Remove server…" }).click();
  await confirm(stage, "Remove second-hand?", "second-hand", "Remove server");
  await heading(page, "Servers");
  await page.getByRole("link", { name: "second-hand" }).waitFor({ state: "hidden" });
}

async function signOut(stage) {
  const { page } = stage;
  await page.getByRole("button", { name: /^Account of/ }).click();
  await stage.look("account-menu");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Log in to Syntra");
  await page.goto("/activity");
  await heading(page, "Log in to Syntra");
}

export const scenes = [
  logIn, addAServer, makeAProject, makeAService, deployAndWatch, deployASecondVersion, deployWhatDoesNotBuild, rollBack,
  goForwardFromTheDeployment, readTheLog, setAVariable, lookAround, loseTheAgent, takeItAllAway, signOut,
];
