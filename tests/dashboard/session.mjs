// Sessions and headers, without a browser: what a hostile client could try.

import assert from "node:assert/strict";
import { api, token, url } from "./browser.mjs";

const OWN = { "tasker-dashboard": "1" };
const JSON_BODY = { "content-type": "application/json" };

const begin = (key, headers = {}) =>
  fetch(`${url}/ui/api/session`, { method: "POST", headers: { ...OWN, ...JSON_BODY, ...headers }, body: JSON.stringify({ key }) });

async function refused(answer, status, code) {
  const said = await answer.json();
  assert.deepEqual([answer.status, said.code], [status, code], said.detail);
  assert.equal(answer.headers.get("set-cookie"), null);
}

export async function headers() {
  const page = await fetch(`${url}/ui/runs/anything`);
  assert.equal(page.status, 200);
  const policy = page.headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
    assert.ok(policy.includes(part), policy);
  }
  assert.ok(!policy.includes("unsafe"), policy);
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  const again = await fetch(`${url}/ui/`, { headers: { "if-none-match": page.headers.get("etag") } });
  assert.equal(again.status, 304);
  const [, script] = /src="(\/ui\/assets\/[^"]+\.js)"/.exec(await page.text());
  const asset = await fetch(url + script);
  assert.match(asset.headers.get("cache-control"), /immutable/);
  assert.equal(asset.headers.get("content-encoding"), "gzip");
  assert.equal((await fetch(`${url}/ui/assets/none.js`)).status, 404);
  const moved = await fetch(`${url}/ui`, { redirect: "manual" });
  assert.deepEqual([moved.status, moved.headers.get("location")], [308, "/ui/"]);
}

export async function sessions() {
  await refused(await begin("wrong"), 401, "unauthorized");
  await refused(await fetch(`${url}/ui/api/session`, { method: "POST", headers: JSON_BODY, body: JSON.stringify({ key: token }) }), 401, "unauthorized");

  const begun = await begin(token);
  assert.deepEqual((await begun.json()).roles, ["admin"]);
  const cookie = begun.headers.get("set-cookie");
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/ui/api;", "Max-Age="]) assert.ok(cookie.includes(part), cookie);
  assert.ok(!cookie.includes("Secure") && !cookie.includes(token), cookie);
  assert.match((await begin(token, { origin: "https://tasker.example.com" })).headers.get("set-cookie"), /; Secure/);

  const held = { cookie: cookie.split(";")[0] };
  const ask = (path, init) => fetch(url + path, init);
  assert.equal((await ask("/ui/api/runs", { headers: held })).status, 200);
  // The session is for the dashboard's part of the API alone, and a key is not taken there.
  await refused(await ask("/runs", { headers: held }), 401, "unauthorized");
  await refused(await ask("/ui/api/runs", { headers: { authorization: `Bearer ${token}` } }), 401, "unauthorized");
  await refused(await ask("/ui/api/runs", { headers: { cookie: `${held.cookie}x` } }), 401, "unauthorized");
  // A page of another site can have a browser send the cookie, but not the header.
  const change = { method: "POST", headers: { ...held, ...JSON_BODY, origin: "https://evil.example.com" }, body: '{"name": "x"}' };
  await refused(await ask("/ui/api/events", change), 403, "origin_forbidden");
  await refused(await ask("/ui/api/sweep", { method: "POST", headers: held }), 403, "origin_forbidden");
  assert.equal((await ask("/ui/api/sweep", { method: "POST", headers: { ...held, ...OWN } })).status, 200);
  const preflight = await ask("/ui/api/sweep", { method: "OPTIONS", headers: { origin: "https://evil.example.com", "access-control-request-method": "POST" } });
  assert.equal(preflight.status, 403);
  const ended = await ask("/ui/api/session", { method: "DELETE", headers: { ...held, ...OWN } });
  assert.deepEqual([ended.status, /Max-Age=0/.test(ended.headers.get("set-cookie"))], [204, true]);
}

/** A session may do what its key may, for as long as there is the key. */
export async function keys() {
  const { key } = await api("POST", "/api-keys", { name: "watcher", roles: ["observe"] });
  const held = { cookie: (await begin(key)).headers.get("set-cookie").split(";")[0] };
  const run = (headers) => fetch(`${url}/ui/api/runs`, { headers });
  assert.equal((await run(held)).status, 200);
  await refused(await fetch(`${url}/ui/api/sweep`, { method: "POST", headers: { ...held, ...OWN } }), 403, "forbidden");
  await api("DELETE", "/api-keys/watcher");
  await refused(await run(held), 401, "unauthorized");
}
