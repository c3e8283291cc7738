(function (native) {
  "use strict";

  // What `parseUrl` and `changeUrl` give, by place.
  const [HREF, ORIGIN, PROTOCOL, USERNAME, PASSWORD, HOST, HOSTNAME, PORT, PATHNAME, SEARCH, HASH] = Array(11).keys();

  // The parameters of an address are linked with it both ways; only this file may do that.
  let link;
  let refresh;
  let isParams;

  class URLSearchParams {
    // Pairs of name and value.
    #list = [];
    // Tells the address of a change.
    #changed = () => {};

    static {
      link = (params, changed) => { params.#changed = changed; };
      refresh = (params, search) => { params.#list = parse(search); };
      isParams = (value) => typeof value === "object" && value !== null && #list in value;
    }

    constructor(init = "") {
      if (typeof init === "object" && init !== null || typeof init === "function") {
        this.#list = typeof init[Symbol.iterator] === "function"
          ? Array.from(init, pair)
          : Reflect.ownKeys(init)
            .filter((key) => Object.getOwnPropertyDescriptor(init, key)?.enumerable)
            .map((key) => [`${key}`, `${init[key]}`]);
      } else {
        this.#list = parse(`${init}`.replace(/^\?/, ""));
      }
    }

    get size() { return this.#list.length; }

    append(name, value) {
      this.#list.push([`${name}`, `${value}`]);
      this.#changed();
    }

    delete(name, value) {
      this.#list = this.#list.filter((entry) => !matches(entry, name, value));
      this.#changed();
    }

    get(name) { return this.#list.find((entry) => matches(entry, name))?.[1] ?? null; }
    getAll(name) { return this.#list.filter((entry) => matches(entry, name)).map((entry) => entry[1]); }
    has(name, value) { return this.#list.some((entry) => matches(entry, name, value)); }

    set(name, value) {
      const first = this.#list.findIndex((entry) => matches(entry, name));
      if (first < 0) return this.append(name, value);
      this.#list = this.#list.filter((entry, index) => index <= first || !matches(entry, name));
      this.#list[first] = [`${name}`, `${value}`];
      this.#changed();
    }

    sort() {
      this.#list.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
      this.#changed();
    }

    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }

    *entries() {
      for (let index = 0; index < this.#list.length; index++) yield [...this.#list[index]];
    }
    *keys() { for (const [name] of this.entries()) yield name; }
    *values() { for (const [, value] of this.entries()) yield value; }

    toString() { return native.formatQuery(this.#list.flat()); }
  }
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, configurable: true, writable: true,
  });

  const matches = (entry, name, value) => entry[0] === `${name}` && (value === undefined || entry[1] === `${value}`);

  const parse = (text) => {
    const flat = native.parseQuery(text);
    return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index], flat[2 * index + 1]]);
  };

  const pair = (entry) => {
    const [name, value, ...more] = entry;
    if (value === undefined || more.length > 0) throw new TypeError("URLSearchParams: each pair is a name and a value");
    return [`${name}`, `${value}`];
  };

  class URL {
    #parts;
    #params = null;

    constructor(url, base) {
      if (arguments.length === 0) throw new TypeError("URL: an address is missing");
      const parts = native.parseUrl(`${url}`, base === undefined ? undefined : `${base}`);
      if (parts === undefined) {
        const error = new TypeError("Invalid URL");
        error.code = "ERR_INVALID_URL";
        error.input = `${url}`;
        if (base !== undefined) error.base = `${base}`;
        throw error;
      }
      this.#parts = parts;
    }

    static canParse(url, base) {
      return native.parseUrl(`${url}`, base === undefined ? undefined : `${base}`) !== undefined;
    }
    static parse(url, base) { return URL.canParse(url, base) ? new URL(url, base) : null; }

    #change(name, value) {
      this.#parts = native.changeUrl(this.#parts[HREF], name, `${value}`) ?? this.#parts;
    }

    get href() { return this.#parts[HREF]; }
    set href(value) {
      this.#parts = new URL(value).#parts;
      if (this.#params) refresh(this.#params, this.search.slice(1));
    }
    get origin() { return this.#parts[ORIGIN]; }
    get protocol() { return this.#parts[PROTOCOL]; }
    set protocol(value) { this.#change("protocol", value); }
    get username() { return this.#parts[USERNAME]; }
    set username(value) { this.#change("username", value); }
    get password() { return this.#parts[PASSWORD]; }
    set password(value) { this.#change("password", value); }
    get host() { return this.#parts[HOST]; }
    set host(value) { this.#change("host", value); }
    get hostname() { return this.#parts[HOSTNAME]; }
    set hostname(value) { this.#change("hostname", value); }
    get port() { return this.#parts[PORT]; }
    set port(value) { this.#change("port", value); }
    get pathname() { return this.#parts[PATHNAME]; }
    set pathname(value) { this.#change("pathname", value); }
    get search() { return this.#parts[SEARCH]; }
    set search(value) {
      this.#change("search", value);
      if (this.#params) refresh(this.#params, this.search.slice(1));
    }
    get hash() { return this.#parts[HASH]; }
    set hash(value) { this.#change("hash", value); }

    get searchParams() {
      if (!this.#params) {
        this.#params = new URLSearchParams(this.search);
        link(this.#params, () => this.#change("search", this.#params.toString()));
      }
      return this.#params;
    }

    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  native.finish(URL, "URL");
  native.finish(URLSearchParams, "URLSearchParams");
  return { URL, URLSearchParams, isParams };
})
