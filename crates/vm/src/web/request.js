(function (native, group) {
  "use strict";
  const { Headers, has, combined } = group("headers");
  const bodies = group("body");
  const custom = Symbol.for("nodejs.util.inspect.custom");

  const NOTHING = { __proto__: null };
  const KNOWN = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
  const FORBIDDEN = ["CONNECT", "TRACE", "TRACK"];
  // Fields of requests that change nothing here, and what they may say.
  const FIELDS = {
    __proto__: null,
    cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"],
    credentials: ["same-origin", "omit", "include"],
    mode: ["cors", "same-origin", "no-cors"],
    redirect: ["follow", "manual", "error"],
    referrerPolicy: [
      "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
      "strict-origin-when-cross-origin", "unsafe-url",
    ],
  };

  const among = (list, value) => {
    for (let index = 0; index < list.length; index++) if (list[index] === value) return true;
    return false;
  };

  const methodOf = (method) => {
    const upper = method.toUpperCase();
    if (native.headerName(method) === undefined) throw new TypeError(`Request: ${JSON.stringify(method)} is no method`);
    if (among(FORBIDDEN, upper)) throw new TypeError(`Request: the method ${upper} is not allowed`);
    return among(KNOWN, upper) ? upper : method;
  };

  const addressOf = (input) => {
    const parts = native.parseUrl(`${input}`, undefined);
    if (parts === undefined) throw new TypeError(`Request: ${input} is no whole address`);
    if (parts[3] !== "" || parts[4] !== "") throw new TypeError("Request: an address with a user or a password; use a header");
    return parts[0];
  };

  const signalOf = (signal) => {
    if (signal === undefined || signal === null) return null;
    if (!group("abort").isSignal(signal)) throw new TypeError("Request: `signal` is no AbortSignal");
    return signal;
  };

  // What is to be sent: { url, method, redirect, headers, body, signal }. The body of the request is taken.
  let described;
  let isRequest;

  class Request {
    // { url, method, signal, keepalive, integrity, referrer } and the fields above.
    #head;
    #headers;
    #body = null;

    static {
      isRequest = (value) => typeof value === "object" && value !== null && #head in value;
      described = (request) => ({
        __proto__: null, url: request.#head.url, method: request.#head.method, redirect: request.#head.redirect,
        headers: combined(request.#headers), signal: request.#head.signal, body: bodies.take(request.#body),
      });
    }

    constructor(input, init = undefined) {
      if (arguments.length === 0) throw new TypeError("Request: an address is missing");
      const from = isRequest(input) ? input : null;
      const given = init ?? NOTHING;
      this.#head = from === null
        ? {
          __proto__: null, url: addressOf(input), method: "GET", signal: null, keepalive: false, integrity: "",
          referrer: "about:client", cache: "default", credentials: "same-origin", mode: "cors", redirect: "follow", referrerPolicy: "",
        }
        : { __proto__: null, ...from.#head };
      this.#change(given);
      this.#headers = new Headers(given.headers === undefined ? from?.#headers : given.headers);
      this.#fill(given.body, from);
    }

    #change(given) {
      const head = this.#head;
      for (const field in FIELDS) {
        const value = given[field];
        if (value === undefined) continue;
        if (!among(FIELDS[field], `${value}`)) throw new TypeError(`Request: \`${field}\` cannot be ${value}`);
        head[field] = `${value}`;
      }
      if (given.method !== undefined) head.method = methodOf(`${given.method}`);
      if (given.signal !== undefined) head.signal = signalOf(given.signal);
      if (given.keepalive !== undefined) head.keepalive = Boolean(given.keepalive);
      if (given.integrity !== undefined) head.integrity = `${given.integrity}`;
      if (given.referrer !== undefined) head.referrer = `${given.referrer}`;
    }

    #fill(body, from) {
      const bare = this.#head.method === "GET" || this.#head.method === "HEAD";
      const given = body !== undefined && body !== null;
      if (bare && (given || from !== null && from.#body !== null)) {
        throw new TypeError(`Request: one with the method ${this.#head.method} has no body`);
      }
      if (given) {
        const extracted = bodies.extract(body);
        this.#body = extracted.body;
        if (extracted.type !== null && !has(this.#headers, "content-type")) this.#headers.append("content-type", extracted.type);
      } else if (from !== null && from.#body !== null) {
        bodies.refuseUsed(from.#body);
        this.#body = { __proto__: null, ...from.#body };
        from.#body.used = true;
      }
    }

    get url() { return this.#head.url; }
    get method() { return this.#head.method; }
    get headers() { return this.#headers; }
    get signal() { return (this.#head.signal ??= group("abort").never()); }
    get redirect() { return this.#head.redirect; }
    get cache() { return this.#head.cache; }
    get credentials() { return this.#head.credentials; }
    get mode() { return this.#head.mode; }
    get referrer() { return this.#head.referrer; }
    get referrerPolicy() { return this.#head.referrerPolicy; }
    get integrity() { return this.#head.integrity; }
    get keepalive() { return this.#head.keepalive; }
    get destination() { return ""; }
    get duplex() { return "half"; }
    get body() { return bodies.stream(this.#body); }
    get bodyUsed() { return bodies.isUsed(this.#body); }

    async arrayBuffer() { return (await bodies.bytes(this.#body)).buffer; }
    async blob() { return await bodies.blob(this.#body, this.#headers.get("content-type")); }
    async bytes() { return await bodies.bytes(this.#body); }
    async formData() { return await bodies.form(this.#body, this.#headers.get("content-type")); }
    async json() { return native.parseJson(await bodies.text(this.#body)); }
    async text() { return await bodies.text(this.#body); }

    [custom](depth, options) {
      const { method, url, headers, redirect, bodyUsed } = this;
      return `Request ${native.inspect({ method, url, headers, redirect, bodyUsed }, options)}`;
    }

    clone() {
      bodies.refuseUsed(this.#body);
      const copy = new Request(this.#head.url, this.#head);
      copy.#headers = new Headers(this.#headers);
      copy.#body = bodies.clone(this.#body);
      return copy;
    }
  }

  native.finish(Request, "Request");
  return { Request, described };
})
