(function (native, group) {
  "use strict";
  const { needString, wrongType } = group("arguments");

  // The parts of a path without `.`, and with `..` only where it leads out.
  const tidy = (path, absolute) => {
    const kept = [];
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") kept.push(part);
      else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
      else if (!absolute) kept.push("..");
    }
    return kept;
  };

  const isAbsolute = (path) => needString(path, "path").startsWith("/");

  const normalize = (path) => {
    const absolute = isAbsolute(path);
    const joined = tidy(path, absolute).join("/");
    const ends = path.endsWith("/") ? "/" : "";
    if (joined === "") return absolute ? "/" : path === "" ? "." : `.${ends}`;
    return `${absolute ? "/" : ""}${joined}${ends}`;
  };

  const join = (...paths) => {
    const joined = paths.map((path) => needString(path, "path")).filter((path) => path !== "").join("/");
    return joined === "" ? "." : normalize(joined);
  };

  const resolve = (...paths) => {
    let whole = "";
    for (const path of paths.toReversed()) {
      if (needString(path, "path") === "") continue;
      whole = whole === "" ? path : `${path}/${whole}`;
      if (isAbsolute(path)) break;
    }
    return `/${tidy(whole, true).join("/")}`;
  };

  const relative = (from, to) => {
    const [one, other] = [resolve(needString(from, "from")), resolve(needString(to, "to"))].map((path) => tidy(path, true));
    let common = 0;
    while (common < one.length && common < other.length && one[common] === other[common]) common++;
    return [...one.slice(common).map(() => ".."), ...other.slice(common)].join("/");
  };

  const unended = (path) => (path.length > 1 ? path.replace(/(?<=[^/])\/+$/, "") : path);

  const dirname = (path) => {
    if (needString(path, "path") === "") return ".";
    const whole = unended(path);
    const at = whole.lastIndexOf("/");
    if (at < 0) return ".";
    let end = at;
    if (end === 1 && whole[0] === "/") return "//";
    while (end > 1 && whole[end - 1] === "/") end--;
    return end === 0 ? "/" : whole.slice(0, end);
  };

  const basename = (path, suffix) => {
    const whole = unended(needString(path, "path"));
    const base = whole.slice(whole.lastIndexOf("/") + 1);
    if (suffix === undefined) return base;
    if (suffix === path) return "";
    return base !== needString(suffix, "suffix") && base.endsWith(suffix) ? base.slice(0, base.length - suffix.length) : base;
  };

  const extname = (path) => {
    const base = basename(path);
    const at = base.lastIndexOf(".");
    return at <= 0 || /^\.+$/.test(base) && base.length === 2 ? "" : base.slice(at);
  };

  const parse = (path) => {
    const root = isAbsolute(path) ? "/" : "";
    const base = basename(path);
    const ext = extname(path);
    const dir = dirname(path);
    const shown = dir === "." && !unended(path).includes("/") ? "" : dir;
    return { root, dir: shown, base, ext, name: base.slice(0, base.length - ext.length) };
  };

  const format = (parts) => {
    if (typeof parts !== "object" || parts === null) throw wrongType("pathObject", "object", parts);
    const dir = parts.dir || parts.root;
    const ext = parts.ext ? `${parts.ext.startsWith(".") ? "" : "."}${parts.ext}` : "";
    const base = parts.base || `${parts.name ?? ""}${ext}`;
    return !dir ? base : dir === parts.root ? `${dir}${base}` : `${dir}/${base}`;
  };

  const path = {
    sep: "/", delimiter: ":", basename, dirname, extname, format, isAbsolute, join, normalize, parse, relative, resolve,
    toNamespacedPath: (path) => path,
  };
  path.posix = path;
  return { path, "path/posix": path };
})
