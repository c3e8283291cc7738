(function (native, group) {
  "use strict";
  const { Headers, freeze, has } = group("headers");
  const bodies = group("body");
  const custom = Symbol.for("nodejs.util.inspect.custom");
  const inside = Symbol("inside");

  const WITHOUT_BODY = { __proto__: null, 101: true, 103: true, 204: true, 205: true, 304: true };
  const REDIRECTS = { __proto__: null, 301: true, 302: true, 303: true, 307: true, 308: true };

  const bare = (url) => (url.includes("#") ? url.slice(0, url.indexOf("#")) : url);
  const integer = (value) => Math.trunc(Number(value)) || 0;

  // What the service has answered.
  let received;

  class Response {
    #body = null;
    #headers;
    // { type, url, redirected, status, statusText }
    #head;

    static {
      received = ({ url, status, statusText, redirected, headers, body }) => {
        const kept = new Headers();
        for (let index = 0; index < headers.length; index++) kept.append(headers[index][0], headers[index][1]);
        const head = { __proto__: null, type: "basic", url: bare(url), redirected, status, statusText };
        const source = body === null ? null : bodies.bodyOf(body.text ?? native.fromBase64(body.base64));
        return new Response(inside, { __proto__: null, head, headers: freeze(kept), body: source });
      };
    }

    constructor(body = null, init = undefined) {
      if (body === inside) {
        this.#head = init.head;
        this.#headers = init.headers;
        this.#body = init.body;
        return;
      }
      const status = init?.status === undefined ? 200 : integer(init.status);
      if (!(status >= 200 && status <= 599)) throw new RangeError("Response: the status is 200 to 599");
      const statusText = `${init?.statusText ?? ""}`;
      if (!/^[\t \x21-\x7e\x80-\xff]*$/.test(statusText)) throw new TypeError("Response: statusText has characters that no status has");
      this.#head = { __proto__: null, type: "default", url: "", redirected: false, status, statusText };
      this.#headers = new Headers(init?.headers ?? undefined);
      if (body === null || body === undefined) return;
      if (WITHOUT_BODY[status]) throw new TypeError(`Response: one with the status ${status} has no body`);
      const extracted = bodies.extract(body);
      this.#body = extracted.body;
      if (extracted.type !== null && !has(this.#headers, "content-type")) this.#headers.append("content-type", extracted.type);
    }

    static error() {
      const head = { __proto__: null, type: "error", url: "", redirected: false, status: 0, statusText: "" };
      return new Response(inside, { __proto__: null, head, headers: freeze(new Headers()), body: null });
    }

    static redirect(url, status = 302) {
      const parts = native.parseUrl(`${url}`, undefined);
      if (parts === undefined) throw new TypeError(`Response.redirect: ${url} is no address`);
      const code = integer(status);
      if (!REDIRECTS[code]) throw new RangeError("Response.redirect: the status is 301, 302, 303, 307 or 308");
      const headers = new Headers();
      headers.append("location", parts[0]);
      const head = { __proto__: null, type: "default", url: "", redirected: false, status: code, statusText: "" };
      return new Response(inside, { __proto__: null, head, headers: freeze(headers), body: null });
    }

    static json(data, init = undefined) {
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError("Response.json: the data is nothing that JSON has");
      const response = new Response(text, init);
      if (!has(new Headers(init?.headers ?? undefined), "content-type")) response.#headers.set("content-type", "application/json");
      return response;
    }

    get type() { return this.#head.type; }
    get url() { return this.#head.url; }
    get redirected() { return this.#head.redirected; }
    get status() { return this.#head.status; }
    get ok() { return this.#head.status >= 200 && this.#head.status <= 299; }
    get statusText() { return this.#head.statusText; }
    get headers() { return this.#headers; }
    get body() { return bodies.stream(this.#body); }
    get bodyUsed() { return bodies.isUsed(this.#body); }

    async arrayBuffer() { return (await bodies.bytes(this.#body)).buffer; }
    async blob() { return await bodies.blob(this.#body, this.#headers.get("content-type")); }
    async bytes() { return await bodies.bytes(this.#body); }
    async formData() { return await bodies.form(this.#body, this.#headers.get("content-type")); }
    async json() { return native.parseJson(await bodies.text(this.#body)); }
    async text() { return await bodies.text(this.#body); }

    [custom](depth, options) {
      const { status, statusText, headers, bodyUsed, ok, redirected, type, url } = this;
      return `Response ${native.inspect({ status, statusText, headers, bodyUsed, ok, redirected, type, url }, options)}`;
    }

    clone() {
      const body = bodies.clone(this.#body);
      const headers = new Headers(this.#headers);
      const frozen = this.#head.type === "default" ? headers : freeze(headers);
      return new Response(inside, { __proto__: null, head: this.#head, headers: frozen, body });
    }
  }

  native.finish(Response, "Response");
  return { Response, received };
})
