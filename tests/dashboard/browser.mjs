// A browser on the dashboard: what it says and asks for is watched all the time.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const folder = process.env.TASKER_BROWSER;
const require = createRequire(`${folder}/`);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

/** How long something may take to be seen; the machine may be busy. */
const PATIENCE_MS = 20_000;

export const { url, token, runs } = JSON.parse(process.env.TASKER_APP);

/** Asks the API itself, with a key. */
export async function api(method, path, body, key = token) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

export async function open() {
  // Chromium's own sandbox does not work for root.
  const browser = await chromium.launch({ executablePath: `${folder}/chromium`, chromiumSandbox: process.getuid() !== 0 });
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: "light", timezoneId: "UTC", locale: "en-GB", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = watch(page);
  return { browser, context, page, faults };
}

/** What goes wrong in the page: none of it may. Statuses that a step expects are told by `faults.expect`. */
function watch(page) {
  const found = [];
  let expected = [];
  page.on("pageerror", (error) => found.push(`uncaught: ${error.stack}`));
  page.on("console", (message) => {
    const text = message.text();
    const status = /status of (\d+)/.exec(text)?.[1] ?? (text.includes("net::ERR_") ? "lost" : undefined);
    if (message.type() === "error" || message.type() === "warning") {
      if (!(status && expected.includes(status))) found.push(`console: ${text}`);
    }
  });
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(`${url}/`) && !to.startsWith("blob:")) found.push(`a request to ${to}`);
  });
  return {
    expect: (...statuses) => (expected = statuses.map(String)),
    none: (where) => assert.deepEqual(found, [], where),
  };
}

/** Goes to a place of the dashboard. */
export async function visit(page, path, heading) {
  await page.goto(`${url}/ui${path}`);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}

export async function signIn(page, key = token) {
  await page.goto(`${url}/ui/`);
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
}

/** Nothing that a person with a screen reader, or with weak eyes, would stumble over. */
export async function accessible(page, where) {
  // The page's policy keeps out scripts that are put into it; what the debugger evaluates is no part of it.
  const source = (await import("node:fs")).readFileSync(axe, "utf8");
  const found = await page.evaluate(async (source) => {
    if (!window.axe) (0, eval)(source);
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 600)}`);
  }, source);
  assert.deepEqual(found, [], where);
}

/** The page is not wider than the screen. */
export async function fits(page, where) {
  const more = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(more <= 0, `${where}: ${more} px too wide`);
}

/** For the documents, if they are wanted. */
export async function picture(page, name) {
  const wanted = process.env.TASKER_PICTURES;
  if (wanted) await page.screenshot({ path: `${wanted}/${name}.png` });
}
