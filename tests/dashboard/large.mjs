// What is large stays quick: only what is seen is in the page.

import assert from "node:assert/strict";
import { api, runs, visit } from "./browser.mjs";

const ENTRIES = 100_000;

export async function largeResult({ page }) {
  await visit(page, `/runs/${runs.large}?tab=data`, "large");
  const result = page.getByLabel(/^result of/);
  await result.waitFor();
  assert.ok((await result.textContent()).length <= 8_000);
  await page.getByText(/of 3\.9 MiB shown/).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  assert.match(file.suggestedFilename(), /^result-of-.*\.json$/);
  await page.getByRole("button", { name: /^Show 195 KiB more/ }).click();
  await page.waitForFunction((label) => document.querySelector(`pre[aria-label^="${label}"]`).textContent.length === 208_000, "result of");
}

/** Values that no layout can hold: very deep, and very wide far inside. */
export async function deepResult({ page }) {
  const run = await api("GET", `/runs/${runs.large}`);
  const nest = (depth, inside) => "[".repeat(depth) + inside + "]".repeat(depth);
  for (const result of [nest(500_000, ""), nest(30, Array(500_000).fill(0).join())]) {
    const body = JSON.stringify({ ...run, result: null }).replace('"result":null', `"result":${result}`);
    await page.route(`**/ui/api/runs/${runs.large}`, (route) => route.fulfill({ contentType: "application/json", body }));
    await visit(page, `/runs/${runs.large}?tab=data`, "large");
    const shown = page.getByLabel(/^result of/);
    await shown.waitFor();
    assert.ok((await shown.textContent()).length <= 8_000);
    await page.unroute(`**/ui/api/runs/${runs.large}`);
  }
}

/** The app's own pages of a journal, as a run with very many calls would have them. */
async function pretend(page, route) {
  const at = new URL(route.request().url());
  const from = Number(at.searchParams.get("cursor") ?? 0);
  const limit = Number(at.searchParams.get("limit"));
  const items = Array.from({ length: Math.min(limit, ENTRIES - from) }, (_, index) => entry(from + index));
  const next = from + items.length;
  await route.fulfill({ json: { items, ...(next < ENTRIES && { nextCursor: String(next) }) } });
}

function entry(index) {
  const at = new Date(1_800_000_000_000 + index).toISOString();
  const error = index === ENTRIES - 7 ? { name: "Error", message: "the needle" } : null;
  return { frame: "0", call: index + 1, position: index + 1, service: "keystore", method: ["get"], args: ["n", `key-${index}`], result: index, error, attempts: 1, startedAt: at, finishedAt: at };
}

export async function longJournal({ page }) {
  const journal = `**/ui/api/runs/${runs.large}/journal*`;
  await page.route(journal, (route) => pretend(page, route));
  await visit(page, `/runs/${runs.large}`, "large");
  await page.getByText("100,000 calls", { exact: true }).waitFor();
  const list = page.getByRole("list", { name: "Calls" });
  const rows = () => list.getByRole("listitem").count();
  assert.ok((await rows()) < 100, "rows in the page");
  await list.evaluate((box) => (box.scrollTop = box.scrollHeight));
  await list.getByText(`"key-${ENTRIES - 1}"`).waitFor();
  assert.ok((await rows()) < 100, "rows in the page");
  await page.getByLabel("Find calls").fill("key-54321");
  await list.getByText('"key-54321"').waitFor();
  await page.getByText("1 call", { exact: true }).waitFor();
  await page.getByLabel("Find calls").fill("");
  await page.getByRole("link", { name: "Failed 1" }).click();
  await list.getByText(`"key-${ENTRIES - 7}"`).click();
  await page.getByRole("complementary").getByText("the needle").waitFor();
  await page.unroute(journal);
}
