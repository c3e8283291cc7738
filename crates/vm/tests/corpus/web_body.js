const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const thrown = (what) => {
  try { what(); } catch (error) { return error.name; }
  return "nothing";
};
const rejected = (promise) => promise.then(() => "nothing", (error) => error.name);

module.exports = async () => {
  const headers = new Headers({ b: "2", A: " 1\t" });
  headers.append("B", "3");
  headers.append("Set-Cookie", "x=1");
  headers.append("set-cookie", "y=2");
  await tools.keystore.set("web", "headers", [...headers]);
  same("headers", [...headers], [["a", "1"], ["b", "2, 3"], ["set-cookie", "x=1"], ["set-cookie", "y=2"]]);
  same("one", [headers.get("B"), headers.get("none"), headers.getSetCookie(), headers.has("A")], ["2, 3", null, ["x=1", "y=2"], true]);
  headers.delete("set-cookie");
  headers.set("b", "4");
  same("copied", [...new Headers(headers).keys(), ...new Headers([["k", "v"]]).values()], ["a", "b", "v"]);
  same("no headers", [
    thrown(() => headers.set("a b", "1")), thrown(() => headers.append("a", "x\r\ny: z")), thrown(() => new Headers([["a"]])),
    thrown(() => headers.get("")), thrown(() => headers.set("a", "\u0100")), thrown(() => new Headers("a: b")),
  ], Array(6).fill("TypeError"));

  const blob = new Blob(["aé", Uint8Array.of(1, 2), new Blob(["z"])], { type: "Text/Plain" });
  const file = new File([blob.slice(0, 3)], "a\"b.txt", { type: "text/x", lastModified: 5 });
  await tools.keystore.set("web", "size", blob.size);
  same("blob", [blob.size, blob.type, await blob.slice(-1).text(), await blob.slice(1, 3, "a/b").text(), [...await blob.bytes()].at(-2)], [6, "text/plain", "z", "é", 2]);
  same("file", [file.name, file.type, file.lastModified, file.size, file instanceof Blob, await file.text()], ["a\"b.txt", "text/x", 5, 3, true, "aé"]);
  const copy = structuredClone({ file }).file;
  same("cloned", [copy.name, await copy.text(), copy instanceof File], ["a\"b.txt", "aé", true]);

  const form = new FormData();
  form.append("a", "x\ny");
  form.append("file", file);
  form.set("a", "1");
  form.append("a", "2");
  form.append("blob", blob, "c.bin");
  await tools.keystore.set("web", "keys", [...form.keys()]);
  const sent = new Response(form);
  const type = sent.headers.get("content-type");
  same("multipart", type.replace(/-[0-9a-f]{24}$/, ""), "multipart/form-data; boundary=----tasker-form");
  const got = await sent.formData();
  same("form", [[...got.keys()], got.getAll("a"), got.get("file").name, got.get("file").type, await got.get("file").text(), got.get("blob").name, got.get("none")],
    [["a", "file", "a", "blob"], ["1", "2"], "a\"b.txt", "text/x", "aé", "c.bin", null]);
  const query = await new Response(new URLSearchParams({ a: "x y", b: "ü" })).formData();
  same("urlencoded", [...query], [["a", "x y"], ["b", "ü"]]);
  same("no form", await rejected(new Response("a=1").formData()), "TypeError");

  const first = new Response('\ufeff{"a":1}', { status: 201, headers: { "x-y": "1" } });
  const second = first.clone();
  same("json", [await first.json(), first.bodyUsed, second.bodyUsed, await rejected(first.text()), second.headers.get("content-type")],
    [{ a: 1 }, true, false, "TypeError", "text/plain;charset=UTF-8"]);
  same("unread", [await second.text(), second.ok, second.status], ['{"a":1}', true, 201]);
  same("empty", [await new Response().text(), new Response().body, new Response(null, { status: 204 }).ok, (await new Response("").bytes()).length], ["", null, true, 0]);
  same("refused", [
    thrown(() => new Response("x", { status: 204 })), thrown(() => new Response("", { status: 99 })), thrown(() => Response.redirect("/x")),
    thrown(() => Response.redirect("https://x.example", 200)), thrown(() => Response.error().headers.set("a", "b")), thrown(() => Response.json(undefined)),
    thrown(() => new Response("", { statusText: "a\nb" })), await rejected(new Response("{").json()),
  ], ["TypeError", "RangeError", "TypeError", "RangeError", "TypeError", "TypeError", "TypeError", "SyntaxError"]);
  const json = Response.json({ a: [1] }, { status: 202 });
  same("made", [json.status, json.headers.get("content-type"), await json.text(), Response.redirect("https://x.example/y", 307).headers.get("location"), Response.error().type],
    [202, "application/json", '{"a":[1]}', "https://x.example/y", "error"]);

  const request = new Request("https://example.com/a#b", { method: "post", body: "x", headers: { q: "1" } });
  const twin = request.clone();
  await tools.keystore.set("web", "url", request.url);
  const put = new Request(request, { method: "PUT" });
  same("request", [request.method, request.url, request.bodyUsed, put.method, put.headers.get("q"), await put.text(), await twin.text(), request.redirect],
    ["POST", "https://example.com/a#b", true, "PUT", "1", "x", "x", "follow"]);
  same("no request", [
    thrown(() => new Request("https://example.com", { body: "x" })), thrown(() => new Request("/x")), thrown(() => new Request("https://u:p@example.com")),
    thrown(() => new Request("https://example.com", { method: "trace" })), thrown(() => new Request("https://example.com", { mode: "navigate" })),
    thrown(() => new Request("https://example.com", { signal: {} })), thrown(() => new Request(request)),
  ], Array(7).fill("TypeError"));
  const { inspect } = require("util");
  same("shown", [inspect(headers), inspect(blob), inspect(Response.error()).replace(/\s+/g, " "), inspect(put).split("\n")[1]], [
    "Headers { a: '1', b: '4' }", "Blob { size: 6, type: 'text/plain' }",
    "Response { status: 0, statusText: '', headers: Headers {}, bodyUsed: false, ok: false, redirected: false, type: 'error', url: '' }", "  method: 'PUT',",
  ]);
  same("kinds", [String(Object.prototype.toString.call(json)), Object.keys(Headers.prototype).includes("append"), request.signal.aborted], ["[object Response]", true, false]);
  await tools.keystore.set("web", "last", 1);
  return { type: type.slice(0, -24) };
};
