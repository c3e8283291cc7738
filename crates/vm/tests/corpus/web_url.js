const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const thrown = (what) => {
  try { what(); } catch (error) { return error.name; }
  return "nothing";
};

module.exports = async () => {
  const url = new URL("../find?x=1#top", "https://ada:pä@Example.com:8443/a/b/c");
  const params = url.searchParams;
  await tools.keystore.set("web", "href", url.href);
  same("parts", [url.href, url.origin, url.protocol, url.username, url.password, url.host, url.hostname, url.port, url.pathname, url.search, url.hash], [
    "https://ada:p%C3%A4@example.com:8443/a/find?x=1#top", "https://example.com:8443", "https:", "ada", "p%C3%A4",
    "example.com:8443", "example.com", "8443", "/a/find", "?x=1", "#top",
  ]);
  params.append("tag", "a&b c");
  params.append("tag", "ü");
  same("params change the address", url.search, "?x=1&tag=a%26b+c&tag=%C3%BC");
  url.search = "?b=2&a=1&b=3";
  same("the address changes the params", [...params], [["b", "2"], ["a", "1"], ["b", "3"]]);
  params.sort();
  params.delete("b", "3");
  params.set("c", "x=y");
  same("changed", [url.search, params.size, params.has("b", "2"), params.has("b", "3"), params.getAll("b"), params.get("none")], ["?a=1&b=2&c=x%3Dy", 3, true, false, ["2"], null]);
  url.port = "443";
  url.hash = "";
  url.username = url.password = "";
  url.hostname = "bücher.example";
  url.pathname = "/ä b";
  same("set", `${url}`, "https://xn--bcher-kva.example/%C3%A4%20b?a=1&b=2&c=x%3Dy");
  url.protocol = "mailto";
  url.host = "";
  same("refused", [url.protocol, url.host], ["https:", "xn--bcher-kva.example"]);
  await tools.keystore.set("web", "json", JSON.stringify({ url }));
  same("json", JSON.stringify({ url }), `{"url":"${url.href}"}`);
  same("other schemes", [new URL("data:text/plain,a b").pathname, new URL("file:///C:/x").href, new URL("HTTP://[2001:DB8::1]:80/").href], ["text/plain,a b", "file:///C:/x", "http://[2001:db8::1]/"]);
  same("invalid", [thrown(() => new URL("/x")), URL.canParse("x:"), URL.canParse("http://a b/"), URL.parse("//"), thrown(() => URL("https://example.com"))], ["TypeError", true, false, null, "TypeError"]);

  const pairs = new URLSearchParams({ a: 1, b: "x y" });
  pairs.append("c", "%");
  same("from an object", pairs.toString(), "a=1&b=x+y&c=%25");
  same("from pairs", [...new URLSearchParams([["k", "v"], ["k", "w"]]).keys()], ["k", "k"]);
  same("from text", [...new URLSearchParams("?a=b=c&%zz&+=+").entries()], [["a", "b=c"], ["%zz", ""], [" ", " "]]);
  same("not pairs", thrown(() => new URLSearchParams([["k"]])), "TypeError");
  const seen = [];
  pairs.forEach((value, name) => seen.push(name + value));
  same("forEach", seen, ["a1", "bx y", "c%"]);
  same("kind", [String(Object.prototype.toString.call(url)), typeof URL, "URL" in globalThis], ["[object URL]", "function", true]);
  return { href: url.href };
};
