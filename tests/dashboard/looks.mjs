// Small screens and dark ones, and how a session ends under one's hands.

import assert from "node:assert/strict";
import { accessible, api, fits, picture, runs, signIn, url, visit } from "./browser.mjs";

const places = () => [
  ["/runs", "Runs"],
  [`/runs/${runs.asleepToo}?at=0.2`, "shop/order"],
  [`/runs/${runs.failed}?tab=data`, "shop/order"],
  [`/runs/${runs.asleepToo}?tab=logs`, "shop/order"],
  [`/runs/${runs.asleepToo}?tab=code`, "shop/order"],
  [`/runs/${runs.hostile}`, "hostile"],
  ["/tasks", "Tasks"],
  ["/tasks/shop%2Forder", "shop/order"],
  ["/schedules?at=fresh%3A1", "Schedules"],
  ["/health", "Health"],
];

/** Everything at 400 px, in the dark. */
export async function small({ page }) {
  await page.setViewportSize({ width: 400, height: 800 });
  await page.emulateMedia({ colorScheme: "dark" });
  for (const [path, heading] of places()) {
    await visit(page, path, heading);
    await page.getByText("Loading…").waitFor({ state: "detached" });
    await fits(page, path);
    await accessible(page, `${path} in the dark`);
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await visit(page, `/runs/${runs.asleepToo}`, "shop/order");
  await page.getByRole("list", { name: "Calls" }).getByText("waitForEvent").waitFor();
  await picture(page, "run-dark");
  await page.emulateMedia({ colorScheme: "light" });
}

/** A person's choice goes before the system's, and stays. */
export async function colours({ page }) {
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await visit(page, "/tasks", "Tasks");
  const light = await paper();
  await page.getByRole("button", { name: "Colours: system" }).click();
  await page.getByRole("button", { name: "Colours: light" }).click();
  const dark = await paper();
  assert.notEqual(dark, light);
  await page.reload();
  await page.getByRole("button", { name: "Colours: dark" }).click();
  assert.equal(await paper(), light);
}

export async function ends({ page, context, faults }) {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  assert.deepEqual(await context.cookies(`${url}/ui/api/runs`), []);

  const { key } = await api("POST", "/api-keys", { name: "leaves", roles: ["observe"] });
  faults.expect(401);
  await signIn(page, key);
  // What the key may not do is not offered.
  assert.equal(await page.getByRole("button", { name: "Cancel…" }).count(), 0);
  await api("DELETE", "/api-keys/leaves");
  await page.getByLabel("API key").waitFor();
  faults.expect();
}
