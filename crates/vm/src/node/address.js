(function (native, group) {
  "use strict";
  const { URL, URLSearchParams } = group("url");
  const { wrong, needString } = group("arguments");
  const { querystring } = group("querystring");

  const SLASHED = /^(?:https?|ftp|file|wss?|gopher):$/;

  // Addresses as `url.parse` has taken them apart since before there was a standard.
  class Url {
    protocol = null;
    slashes = null;
    auth = null;
    host = null;
    port = null;
    hostname = null;
    hash = null;
    search = null;
    query = null;
    pathname = null;
    path = null;
    href = "";
    resolve(to) { return resolve(this.href, to); }
    format() { return format(this); }
  }

  const escaped = (text) => text?.replace(/[ "<>\\^`{|}']/g, (sign) => (sign === "'" ? "%27" : encodeURIComponent(sign)));

  const parse = (address, parsesQuery = false, slashesDenoteHost = false) => {
    if (address instanceof Url) return address;
    const made = new Url();
    const [whole] = [needString(address, "url").trim()];
    const [, scheme, slashes, authority, path, search, hash] =
      /^(?:([a-z][a-z0-9+.-]*:))?(?:(\/\/)([^/?#\\]*))?([^?#]*)(\?[^#]*)?(#[^]*)?$/i.exec(whole.replaceAll("\\", "/")) ?? [];
    const protocol = scheme?.toLowerCase() ?? null;
    const named = slashes !== undefined && (protocol !== null || slashesDenoteHost);
    made.protocol = protocol;
    let pathname = `${slashes !== undefined && !named ? `//${authority}` : ""}${path ?? ""}`;
    if (named) {
      made.slashes = true;
      const at = authority.lastIndexOf("@");
      if (at >= 0) made.auth = decodeURIComponent(authority.slice(0, at));
      const [, hostname, port] = /^(.*?)(?::(\d*))?$/.exec(authority.slice(at + 1));
      made.port = port || null;
      made.hostname = hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
      made.host = `${hostname.toLowerCase()}${port ? `:${port}` : ""}`;
      if (pathname === "" && SLASHED.test(protocol ?? "")) pathname = "/";
    }
    const asked = escaped(search);
    made.hash = escaped(hash) ?? null;
    made.search = asked ?? (parsesQuery ? "" : null);
    made.query = parsesQuery ? querystring.parse(asked?.slice(1) ?? "") : asked?.slice(1) ?? null;
    made.pathname = pathname === "" ? null : escaped(pathname);
    made.path = made.pathname || made.search ? `${made.pathname ?? ""}${made.search ?? ""}` : null;
    made.href = format(made);
    return made;
  };

  const format = (address, options = undefined) => {
    if (typeof address === "string") return parse(address).href;
    if (address instanceof URL) return formatUrl(address, options);
    if (typeof address !== "object" || address === null) throw wrong("ERR_INVALID_ARG_TYPE", 'The "urlObject" argument must be of type object or string');
    const { auth, hash, search, query } = address;
    const protocol = address.protocol ? address.protocol.replace(/:?$/, ":") : "";
    const asked = search ?? (typeof query === "object" && query !== null ? querystring.stringify(query) : "");
    let host = address.host ?? "";
    if (!host && address.hostname) {
      host = (address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname) + (address.port ? `:${address.port}` : "");
    }
    const user = auth && host ? `${encodeURIComponent(auth).replace(/%3A/i, ":")}@` : "";
    let pathname = (address.pathname ?? "").replace(/[?#]/g, encodeURIComponent);
    const slashed = address.slashes || host !== "" && SLASHED.test(protocol);
    if (slashed && pathname && !pathname.startsWith("/")) pathname = `/${pathname}`;
    const slashes = slashed || protocol === "file:" ? "//" : "";
    const begins = (text, sign) => (text && !text.startsWith(sign) ? `${sign}${text}` : text ?? "");
    return `${protocol}${slashes}${user}${host}${pathname}${begins(asked, "?").replaceAll("#", "%23")}${begins(hash, "#")}`;
  };

  const formatUrl = (address, options) => {
    const shown = new URL(address.href);
    if (options?.auth === false) shown.username = shown.password = "";
    if (options?.fragment === false) shown.hash = "";
    if (options?.search === false) shown.search = "";
    return shown.href;
  };

  const resolve = (from, to) => {
    const base = new URL(from, "resolve://host/");
    const resolved = new URL(to, base);
    if (resolved.protocol !== "resolve:") return resolved.href;
    const path = `${resolved.pathname}${resolved.search}${resolved.hash}`;
    if (from.startsWith("//") || to.startsWith("//")) return `//${resolved.host}${path}`;
    return from.startsWith("/") || to.startsWith("/") ? path : path.slice(1);
  };

  const fileURLToPath = (address) => {
    const url = typeof address === "string" ? new URL(address) : address;
    if (url?.protocol !== "file:") throw wrong("ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
    if (url.hostname !== "") throw wrong("ERR_INVALID_FILE_URL_HOST", 'File URL host must be "localhost" or empty on linux');
    if (/%2f/i.test(url.pathname)) throw wrong("ERR_INVALID_FILE_URL_PATH", "File URL path must not include encoded / characters");
    return decodeURIComponent(url.pathname);
  };

  const pathToFileURL = (path) => {
    const made = new URL("file:///");
    const { path: paths } = group("path");
    const whole = paths.resolve(needString(path, "path"));
    const ends = path.endsWith("/") && whole !== "/" ? "/" : "";
    made.pathname = `${whole}${ends}`.replace(/[%\\\n\r\t?#]/g, (sign) => (sign === "\\" ? "%5C" : encodeURIComponent(sign)));
    return made;
  };

  const domainToASCII = (domain) => {
    const url = URL.parse(`ws://${domain}`);
    return url === null || url.host !== url.hostname ? "" : url.hostname;
  };

  const urlToHttpOptions = ({ protocol, hostname, hash, search, pathname, href, username, password, port }) => ({
    __proto__: null, protocol, hostname: hostname.replace(/^\[(.*)\]$/, "$1"), hash, search, pathname, path: `${pathname}${search}`, href,
    ...(port === "" ? {} : { port: Number(port) }),
    ...(username || password ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
  });

  const url = {
    URL, URLSearchParams, Url, parse, format, resolve, resolveObject: (from, to) => parse(resolve(from, to)),
    fileURLToPath, pathToFileURL, domainToASCII, urlToHttpOptions,
  };
  return { url };
})
