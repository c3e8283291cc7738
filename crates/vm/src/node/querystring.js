(function (native, group) {
  "use strict";
  const { wrong } = group("arguments");

  const escape = (text) => {
    const given = typeof text === "object" ? String(text) : `${text}`;
    try {
      return encodeURIComponent(given);
    } catch {
      throw wrong("ERR_INVALID_URI", "URI malformed", URIError);
    }
  };

  // Bytes that are no text stay signs of their own.
  const unescape = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      const bytes = [];
      for (const [part, hex] of `${text}`.matchAll(/%([0-9a-f]{2})|[^%]+|%/gi)) {
        if (hex) bytes.push(parseInt(hex, 16));
        else bytes.push(...native.utf8(part));
      }
      return native.decode(Uint8Array.from(bytes), "utf-8", false, false).text;
    }
  };

  const parse = (text, separator = "&", equals = "=", options = undefined) => {
    const made = { __proto__: null };
    if (typeof text !== "string" || text === "") return made;
    const decode = options?.decodeURIComponent ?? querystring.unescape;
    const most = options?.maxKeys ?? 1000;
    const decoded = (part) => {
      const spaced = part.replaceAll("+", " ");
      try {
        return decode(spaced);
      } catch {
        return unescape(spaced);
      }
    };
    let pairs = text.split(separator || "&");
    if (most > 0) pairs = pairs.slice(0, most);
    for (const pair of pairs) {
      if (pair === "") continue;
      const at = pair.indexOf(equals || "=");
      const name = decoded(at < 0 ? pair : pair.slice(0, at));
      const value = at < 0 ? "" : decoded(pair.slice(at + (equals || "=").length));
      if (!(name in made)) made[name] = value;
      else if (Array.isArray(made[name])) made[name].push(value);
      else made[name] = [made[name], value];
    }
    return made;
  };

  const primitive = (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "number") return Number.isFinite(value) ? `${value}` : "";
    return typeof value === "bigint" || typeof value === "boolean" ? `${value}` : "";
  };

  const stringify = (object, separator = "&", equals = "=", options = undefined) => {
    if (typeof object !== "object" || object === null) return "";
    const encode = options?.encodeURIComponent ?? querystring.escape;
    const pair = (name, value) => `${encode(name)}${equals || "="}${encode(primitive(value))}`;
    return Object.keys(object)
      .flatMap((name) => (Array.isArray(object[name]) ? object[name] : [object[name]]).map((value) => pair(name, value)))
      .join(separator || "&");
  };

  const querystring = { parse, stringify, escape, unescape, decode: parse, encode: stringify };
  return { querystring };
})
