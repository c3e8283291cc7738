// Drives the dashboard in a browser. tests/tests/dashboard.rs starts the app, fills it and starts this. Arguments are the steps to
// take, beside signing in; without any all are taken.

import { open } from "./browser.mjs";
import { deepResult, largeResult, longJournal } from "./large.mjs";
import { colours, ends, small } from "./looks.mjs";
import { bulk, failedRun, health, hostile, oneRun, runList, schedules, signingIn, tasks } from "./screens.mjs";
import { headers, keys, sessions } from "./session.mjs";

const steps = [headers, sessions, keys, signingIn, runList, bulk, oneRun, failedRun, hostile, tasks, schedules, health, largeResult, deepResult, longJournal, small, colours, ends];

const wanted = process.argv.slice(2);
const opened = await open();
try {
  for (const step of steps.filter((step) => !wanted.length || step === signingIn || wanted.includes(step.name))) {
    const begun = Date.now();
    await step(opened);
    opened.faults.none(step.name);
    console.log(`${step.name}: ${Date.now() - begun} ms`);
  }
} catch (error) {
  console.error(error);
  console.error(`at ${opened.page.url()}:\n${await opened.page.locator("body").innerText().catch(() => "")}`.slice(0, 4_000));
  process.exitCode = 1;
} finally {
  await opened.browser.close();
}
