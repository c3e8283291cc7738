(function (native, group) {
  "use strict";
  const { list, add, insert, filter, array } = group("lists");
  const custom = Symbol.for("nodejs.util.inspect.custom");

  const nameOf = (name) => {
    const checked = native.headerName(`${name}`);
    if (checked === undefined) throw new TypeError(`Headers: ${JSON.stringify(`${name}`)} is no name of a header`);
    return checked;
  };

  const valueOf = (value, name) => {
    const checked = native.headerValue(`${value}`);
    if (checked === undefined) throw new TypeError(`Headers: the value of ${name} has characters that no header has`);
    return checked;
  };

  // Only these files make headers that a task cannot change, and look at all of them.
  let freeze;
  let all;

  class Headers {
    // Pairs of name and value, by name; those of one name in their order.
    #pairs = list();
    #frozen = false;

    static {
      freeze = (headers) => {
        headers.#frozen = true;
        return headers;
      };
      all = (headers) => headers.#pairs;
    }

    constructor(init = undefined) {
      if (init === undefined) return;
      if (typeof init !== "object" && typeof init !== "function" || init === null) {
        throw new TypeError("Headers: the argument is neither an object nor pairs");
      }
      if (#pairs in init) return this.#copy(init.#pairs);
      if (typeof init[Symbol.iterator] === "function") for (const pair of init) this.#pair(pair);
      else this.#record(init);
    }

    #copy(pairs) {
      for (let index = 0; index < pairs.length; index++) add(this.#pairs, pairs[index]);
    }

    #pair(pair) {
      if (typeof pair !== "object" || pair === null) throw new TypeError("Headers: a pair is a name and a value");
      const items = list();
      for (const item of pair) if (add(items, item).length > 2) break;
      if (items.length !== 2) throw new TypeError("Headers: a pair is a name and a value");
      this.#append(nameOf(items[0]), items[1]);
    }

    #record(init) {
      const keys = native.ownKeys(init);
      for (let index = 0; index < keys.length; index++) this.#append(nameOf(keys[index]), init[keys[index]]);
    }

    #append(name, value) {
      const checked = valueOf(value, name);
      let at = this.#pairs.length;
      while (at > 0 && this.#pairs[at - 1].name > name) at--;
      insert(this.#pairs, at, { __proto__: null, name, value: checked });
    }

    #mayChange() {
      if (this.#frozen) throw new TypeError("Headers: those of a response that was received cannot be changed");
    }

    append(name, value) {
      const checked = nameOf(name);
      this.#mayChange();
      this.#append(checked, value);
    }

    delete(name) {
      const checked = nameOf(name);
      this.#mayChange();
      this.#pairs = filter(this.#pairs, (pair) => pair.name !== checked);
    }

    get(name) { return joined(filter(this.#pairs, named(nameOf(name)))); }
    getSetCookie() { return array(values(filter(this.#pairs, named("set-cookie")))); }
    has(name) { return filter(this.#pairs, named(nameOf(name))).length > 0; }

    set(name, value) {
      const checked = nameOf(name);
      this.#mayChange();
      const text = valueOf(value, checked);
      this.#pairs = filter(this.#pairs, (pair) => pair.name !== checked);
      this.#append(checked, text);
    }

    forEach(callback, self = undefined) {
      if (typeof callback !== "function") throw new TypeError("forEach: the first argument is no function");
      for (let index = 0, pair; (pair = combine(this.#pairs)[index]) !== undefined; index++) {
        native.apply(callback, self, pair.value, pair.name, this);
      }
    }

    // What is added while a task goes through them is seen.
    *#each(of) { for (let index = 0, pair; (pair = combine(this.#pairs)[index]) !== undefined; index++) yield of(pair); }
    entries() { return this.#each(({ name, value }) => [name, value]); }
    keys() { return this.#each(({ name }) => name); }
    values() { return this.#each(({ value }) => value); }
    [Symbol.iterator]() { return this.entries(); }
    [custom](depth, options) { return `Headers ${native.inspect(Object.fromEntries(this), options)}`; }
  }

  const named = (name) => (pair) => pair.name === name;

  const values = (pairs) => {
    const made = list();
    for (let index = 0; index < pairs.length; index++) add(made, pairs[index].value);
    return made;
  };

  const joined = (pairs) => {
    if (pairs.length === 0) return null;
    let text = pairs[0].value;
    for (let index = 1; index < pairs.length; index++) text += `, ${pairs[index].value}`;
    return text;
  };

  // Values of one name are one, but for cookies.
  const combine = (pairs) => {
    const made = list();
    for (let index = 0; index < pairs.length; index++) {
      const { name, value } = pairs[index];
      const last = made[made.length - 1];
      if (last?.name === name && name !== "set-cookie") last.value += `, ${value}`;
      else add(made, { __proto__: null, name, value });
    }
    return made;
  };

  native.finish(Headers, "Headers");
  const has = (headers, name) => filter(all(headers), named(name)).length > 0;
  return { Headers, freeze, has, combined: (headers) => combine(all(headers)) };
})
