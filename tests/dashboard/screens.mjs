// What each screen shows and does, on the real app.

import assert from "node:assert/strict";
import { accessible, api, picture, runs, token, url, visit } from "./browser.mjs";

const HOSTILE = '<img src="x" onerror="window.hacked = 1">';

/** Waits until the page says it. */
const says = (page, text) => page.getByText(text).first().waitFor();
const main = (page) => page.locator("main");
const confirm = (page, name) => page.getByRole("dialog").getByRole("button", { name }).click();

export async function signingIn({ page, context, faults }) {
  faults.expect(401);
  await page.goto(`${url}/ui/runs?status=failed`);
  await page.getByLabel("API key").fill("no key of this app");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("the key is wrong").waitFor();
  await accessible(page, "signing in");
  await page.getByLabel("API key").fill(token);
  await page.keyboard.press("Enter");
  // It goes on where it was to go.
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  assert.match(page.url(), /\/ui\/runs\?status=failed$/);
  const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]));
  assert.equal(kept, '["",{},{}]');
  const [cookie] = await context.cookies(`${url}/ui/api/runs`);
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", "/ui/api"]);
  faults.expect();
}

export async function runList({ page, faults }) {
  await visit(page, "/runs", "Runs");
  await page.getByRole("link", { name: /^completed/ }).click();
  assert.match(page.url(), /status=completed/);
  await page.getByRole("table").getByText("completed").first().waitFor();
  assert.equal(await page.getByRole("table").getByText("failed").count(), 0);

  // There are more than a page has.
  await page.getByRole("link", { name: "Older" }).click();
  await page.getByRole("link", { name: "Newest" }).click();
  await page.getByRole("link", { name: "Older" }).waitFor();

  await page.getByRole("link", { name: /^all/ }).click();
  // The keys: to the filter, down the list, into a run, and back.
  await page.keyboard.press("/");
  await page.keyboard.type("shop/order");
  await page.keyboard.press("Enter");
  await page.waitForURL(/task=shop%2Forder/);
  await page.getByRole("link", { name: "shop/order" }).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "shop/order" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();

  // Nothing fits is another thing than nothing could be asked.
  await visit(page, "/runs?task=none", "Runs");
  await says(page, "No run fits");
  faults.expect("lost");
  await page.route("**/ui/api/**", (route) => route.abort());
  await page.getByRole("alert").getByText("The app cannot be reached").waitFor();
  await page.unroute("**/ui/api/**");
  await page.getByRole("alert").waitFor({ state: "detached" });
  faults.expect();

  // What happens meanwhile is seen without being asked for.
  await visit(page, "/runs?task=fresh", "Runs");
  await says(page, "No run fits");
  await api("POST", "/tasks", { taskName: "fresh", tags: ["customer=42"] });
  await page.getByRole("link", { name: "fresh" }).click();

  // A run's tag leads to all that have it.
  await page.getByRole("link", { name: "customer=42" }).click();
  assert.equal(await page.getByLabel("Tag").inputValue(), "customer=42");
  await says(page, "1 run on this page");
  assert.equal(await page.getByRole("button", { name: "Cancel…" }).count(), 0);

  await visit(page, "/runs", "Runs");
  await page.getByText(/^all \d/).waitFor();
  await picture(page, "runs");
  await accessible(page, "runs");
}

export async function bulk({ page }) {
  await visit(page, "/runs?task=sleeper", "Runs");
  await page.getByRole("table").getByText("suspended").nth(2).waitFor();
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("dialog").getByText("3 runs fit").waitFor();
  await page.getByLabel("Reason").fill("the test says so");
  await accessible(page, "a dialog");
  await confirm(page, "Cancel 3");
  await page.getByRole("table").getByText("cancelled").nth(2).waitFor();
  const { stop } = await api("GET", `/runs/${runs.sleeper}`);
  assert.equal(stop.reason, "the test says so");
}

export async function oneRun({ page }) {
  await visit(page, `/runs/${runs.asleep}`, "shop/order");
  await says(page, "Asleep in the database");
  await says(page, "the event “approved”");
  const list = page.getByRole("list", { name: "Calls" });
  await list.getByText("shop/pick").waitFor();
  await list.getByText("waitForEvent").waitFor();
  assert.equal(await list.getByText("keystore.increment").count(), 1);
  await page.getByRole("button", { name: "Fold", exact: true }).click();
  assert.equal(await list.getByText("keystore.increment").count(), 0);
  await page.getByRole("button", { name: "Unfold", exact: true }).click();
  await list.getByText("shop/pick").click();
  await page.getByRole("complementary").getByText('"item": "desk"').first().waitFor();
  await page.getByRole("link", { name: "Shorten waits" }).click();
  await says(page, /waits shortened/);
  await picture(page, "run");
  await accessible(page, "a run");
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await page.getByLabel("Find calls").fill("increment");
  await says(page, "1 call");

  await page.getByText(/^Progress:/).getByText("charged").waitFor();
  await page.getByRole("link", { name: "Code" }).click();
  await says(page, "It waits at line 12, which is marked");
  await page.locator("code.marked").getByText("waitForEvent").waitFor();
  await picture(page, "code");
  await accessible(page, "code");

  // Paused, resumed, and sent what it waits for: each is seen at once.
  await page.getByRole("button", { name: "Pause…" }).click();
  await confirm(page, "Pause the run");
  await says(page, "Paused: nothing of it goes on");
  await page.getByRole("button", { name: "Resume…" }).click();
  await confirm(page, "Resume the run");
  await says(page, "Asleep in the database");
  await page.getByRole("link", { name: "Log" }).click();
  await says(page, "needs approval");
  await page.getByRole("button", { name: "Send event…" }).click();
  assert.equal(await page.getByLabel("Name").inputValue(), "approved");
  await page.getByLabel("Data, as JSON").fill("{no");
  assert.ok(await page.getByRole("dialog").getByRole("button", { name: "Send" }).isDisabled());
  await page.getByLabel("Data, as JSON").fill('{"by": "the test"}');
  await confirm(page, "Send");
  await says(page, "approved by the test");
  await says(page, /^Completed in/);
  await page.getByRole("link", { name: "Input and result" }).click();
  await page.getByLabel(/^result of/).getByText('"charged": 5000').waitFor();
}

export async function failedRun({ page, faults }) {
  await visit(page, `/runs/${runs.failed}`, "shop/order");
  await page.getByText("RangeError").first().waitFor();
  await page.getByLabel("Stack").getByText("shop/order.js").waitFor();
  await page.getByRole("button", { name: "Run again…" }).click();
  await confirm(page, "Run again");
  await page.waitForURL((at) => !at.pathname.includes(runs.failed));
  await says(page, "Runs again");
  await says(page, /^Failed after/);
  await page.getByRole("button", { name: "Delete…" }).click();
  await confirm(page, "Delete the run");
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  faults.expect(404);
  await page.goto(`${url}/ui/runs/01999999-9999-7999-8999-999999999999`);
  await page.getByRole("alert").getByText("run_not_found").waitFor();
  faults.expect();
}

/** Whatever a task says is text. */
export async function hostile({ page }) {
  for (const tab of ["", "data", "logs", "code"]) {
    await visit(page, `/runs/${runs.hostile}?tab=${tab}`, "hostile");
    await main(page).getByText(HOSTILE).first().waitFor();
  }
  await visit(page, "/tasks?q=hostile", "Tasks");
  await page.getByRole("table").getByText(HOSTILE).first().waitFor();
  await visit(page, "/tasks/hostile", "hostile");
  await page.getByText(`named ${HOSTILE}`).waitFor();
  await visit(page, "/runs?task=hostile", "Runs");
  await page.getByRole("table").getByText(HOSTILE).first().waitFor();
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("main img").count(), 0);
}

export async function tasks({ page }) {
  await visit(page, "/tasks", "Tasks");
  await accessible(page, "tasks");
  await page.getByRole("link", { name: "shop/order" }).click();
  await page.getByLabel("customer").fill("Ada");
  await page.getByLabel("amount").fill("twelve");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await says(page, "must be a number");
  await page.getByLabel("amount").fill("12");
  assert.equal(await page.getByText("must be a number").count(), 0);
  await page.getByLabel("items").fill('["pen"]');
  await picture(page, "task");
  await accessible(page, "a task");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL(/\/ui\/runs\//);
  await says(page, /^Completed in/);
  const { input } = await api("GET", `/runs/${new URL(page.url()).pathname.split("/").at(-1)}`);
  assert.deepEqual(input, { customer: "Ada", amount: 12, items: ["pen"] });
}

export async function schedules({ page }) {
  await visit(page, "/schedules", "Schedules");
  await page.getByRole("link", { name: "fresh:1" }).click();
  await says(page, "Next times");
  await page.getByRole("listitem").nth(4).waitFor();
  await accessible(page, "schedules");
  const row = page.getByRole("row", { name: /^fresh:1/ });
  await row.getByRole("button", { name: "Pause" }).click();
  await row.getByText("paused").waitFor();
  await row.getByRole("button", { name: "Resume" }).click();
  await row.getByText("paused").waitFor({ state: "detached" });
  await row.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("heading", { level: 1, name: "fresh" }).waitFor();
}

export async function health({ page }) {
  await visit(page, "/health", "Health");
  await page.getByRole("row", { name: /^database .* ok/ }).first().waitFor();
  await says(page, "Due in the queue");
  await picture(page, "health");
  await accessible(page, "health");
  await page.getByRole("button", { name: "Repair…" }).click();
  await confirm(page, "Repair");
  await says(page, "Nothing was damaged");
}
