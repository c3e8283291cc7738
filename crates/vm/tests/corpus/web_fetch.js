const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const failure = (promise) => promise.then(() => "nothing", (error) => error);
const asked = async (response) => (await (await response).json())[0];

module.exports = async () => {
  const url = "https://example.com/echo";
  same("nothing given", await asked(fetch(url)), { url, method: "GET", redirect: "follow", headers: [], body: null });
  same("text", await asked(fetch(new URL(url), { method: "POST", headers: { B: "2", a: "1" }, body: "grüße" })), {
    url, method: "POST", redirect: "follow", headers: [["a", "1"], ["b", "2"], ["content-type", "text/plain;charset=UTF-8"]], body: { text: "grüße" },
  });
  const token = { $secret: "shop/token" };
  same("secrets", [
    (await asked(fetch(url, { headers: { b: "2", Authorization: ["Bearer ", token] } }))).headers,
    (await asked(fetch(url, { headers: [["x-key", token], ["a", "1"]] }))).headers,
    (await failure(fetch(url, { headers: { "a b": token } }))).name,
  ], [[["b", "2"], ["authorization", ["Bearer ", token]]], [["a", "1"], ["x-key", token]], "TypeError"]);
  const bodies = [
    [new URLSearchParams({ a: "x y" }), "application/x-www-form-urlencoded;charset=UTF-8", { text: "a=x+y" }],
    [Uint8Array.of(255, 0), null, { base64: "/wA=" }],
    [new Uint8Array([97, 98, 99]).buffer, null, { text: "abc" }],
    [new Blob(["b"], { type: "image/png" }), "image/png", { text: "b" }],
    [ReadableStream.from([Uint8Array.of(97), Uint8Array.of(98)]), null, { text: "ab" }],
  ];
  for (const [body, type, expected] of bodies) {
    const request = await asked(fetch(url, { method: "PUT", body }));
    same("body", [request.headers, request.body], [type ? [["content-type", type]] : [], expected]);
  }
  const form = new FormData();
  form.append("file", new File(["hi"], "a.txt", { type: "text/plain" }));
  const multipart = await asked(fetch(new Request(url, { method: "POST", body: form, redirect: "manual" }), { headers: { "content-type": "multipart/form-data; boundary=own" } }));
  same("form", [multipart.redirect, multipart.headers, multipart.body.text.includes('name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhi\r\n')],
    ["manual", [["content-type", "multipart/form-data; boundary=own"]], true]);

  const response = await fetch("https://example.com/bytes?a=b#c");
  same("response", [response.url, response.status, response.ok, response.statusText, response.redirected, response.type, [...response.headers]],
    ["https://example.com/bytes?a=b", 200, true, "OK", false, "basic", [["content-type", "application/octet-stream"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]]]);
  const twin = response.clone();
  same("bytes", [[...await response.bytes()], [...new Uint8Array(await twin.arrayBuffer())], response.bodyUsed], [[0, 1, 255], [0, 1, 255], true]);
  let unchanged;
  try { response.headers.set("a", "b"); } catch (error) { unchanged = error.name; }
  same("unchanged", unchanged, "TypeError");
  const missing = await fetch("https://example.com/missing");
  same("missing", [missing.ok, missing.status, await missing.text()], [false, 404, "no such thing"]);
  const nothing = await fetch("https://example.com/nothing", { method: "DELETE" });
  same("nothing", [nothing.status, nothing.body, await nothing.text()], [204, null, ""]);

  const down = await failure(fetch("https://example.com/down"));
  same("down", [down.name, down.message, down.code, down.cause.code, down.cause.status, down instanceof TypeError], ["TypeError", "fetch failed: the host is down", "upstream_failed", "upstream_failed", 502, true]);
  const bad = [];
  for (const args of [[], ["/x"], ["ftp://example.com"], [url, { body: "x" }], [url, { signal: 1 }], [url, { redirect: "back" }], [url, { headers: { "a b": "1" } }], [url, { method: "CONNECT" }]]) {
    bad.push((await failure(fetch(...args))).name);
  }
  same("bad", bad, Array(8).fill("TypeError"));
  const large = await failure(fetch(url, { method: "POST", body: "x".repeat(2 ** 24) }));
  same("large", [large.name, large.code], ["RangeError", "args_too_large"]);
  same("almost", (await asked(fetch(url, { method: "POST", body: "x".repeat(1 << 21) }))).body.text.length, 1 << 21);

  const controller = new AbortController();
  const { signal } = controller;
  // One of these is answered before the request, whichever call is answered first.
  const before = tools.keystore.set("web", "before", 1);
  const stopped = failure(fetch(url, { signal }));
  const after = tools.keystore.set("web", "after", 1);
  await Promise.race([before, after]);
  controller.abort(new Error("enough"));
  await Promise.all([before, after]);
  same("stopped", [(await stopped).message, await failure(fetch(url, { signal: AbortSignal.abort("no") }))], ["enough", "no"]);
  const early = new AbortController();
  const never = failure(fetch("https://example.com/never", { signal: early.signal }));
  early.abort();
  same("never made", (await never).name, "AbortError");
  same("not aborted", (await fetch(url, { signal: AbortSignal.any([new AbortController().signal]) })).ok, true);

  const own = await tools.with({ retry: { attempts: 2 } }).fetch(url, { method: "POST", body: "{}" });
  same("with options", (await own.json())[0].body, { text: "{}" });
  same("as a tool", [(await tools.fetch(url)).status, (await tools.fetch.request({ url })).status], [200, 200]);
  const [first, second] = await Promise.all(["https://example.com/a", "https://example.com/b"].map((of) => fetch(of)));
  same("both", [first.url, second.url], ["https://example.com/a", "https://example.com/b"]);
  const raced = await Promise.race([fetch(url), tools.sleep("1h")]);
  return { status: raced?.status ?? null, kind: typeof fetch };
};
