(function (native, group) {
  "use strict";
  const { list, add, insert, filter, array } = group("lists");
  const { isBlob, isFile, bytesOf, newFile } = group("blob");
  const custom = Symbol.for("nodejs.util.inspect.custom");

  // Only these files see the entries of a form, and whether an object is one.
  let entriesOf;
  let isForm;

  class FormData {
    // { name, value }
    #entries = list();

    static {
      entriesOf = (form) => form.#entries;
      isForm = (value) => typeof value === "object" && value !== null && #entries in value;
    }

    constructor(form = undefined) {
      if (form !== undefined) throw new TypeError("FormData: there are no forms of a page here; append the entries");
    }

    append(name, value, filename) { add(this.#entries, entry("append", arguments.length, name, value, filename)); }

    delete(name) { this.#entries = filter(this.#entries, (entry) => entry.name !== `${name}`); }
    get(name) { return filter(this.#entries, named(name))[0]?.value ?? null; }
    has(name) { return filter(this.#entries, named(name)).length > 0; }

    getAll(name) {
      const found = filter(this.#entries, named(name));
      for (let index = 0; index < found.length; index++) found[index] = found[index].value;
      return array(found);
    }

    set(name, value, filename) {
      const made = entry("set", arguments.length, name, value, filename);
      const is = named(made.name);
      let at = 0;
      while (at < this.#entries.length && !is(this.#entries[at])) at++;
      this.#entries = filter(this.#entries, (entry) => !is(entry));
      insert(this.#entries, at, made);
    }

    forEach(callback, self = undefined) {
      if (typeof callback !== "function") throw new TypeError("forEach: the first argument is no function");
      for (let index = 0; index < this.#entries.length; index++) {
        native.apply(callback, self, this.#entries[index].value, this.#entries[index].name, this);
      }
    }

    *#each(of) { for (let index = 0; index < this.#entries.length; index++) yield of(this.#entries[index]); }
    entries() { return this.#each(({ name, value }) => [name, value]); }
    keys() { return this.#each(({ name }) => name); }
    values() { return this.#each(({ value }) => value); }
    [Symbol.iterator]() { return this.entries(); }
    [custom](depth, options) { return `FormData ${native.inspect([...this], options)}`; }
  }

  const named = (name) => {
    const text = native.wellFormed(`${name}`);
    return (entry) => entry.name === text;
  };

  const entry = (method, given, name, value, filename) => {
    if (given < 2) throw new TypeError(`FormData.${method}: a name and a value are needed`);
    if (!isBlob(value)) {
      if (given > 2) throw new TypeError(`FormData.${method}: only a Blob has a file name`);
      return { __proto__: null, name: native.wellFormed(`${name}`), value: native.wellFormed(`${value}`) };
    }
    const renamed = filename !== undefined || !isFile(value);
    const modified = isFile(value) ? value.lastModified : undefined;
    const file = renamed ? newFile(bytesOf(value), filename === undefined ? "blob" : `${filename}`, value.type, modified) : value;
    return { __proto__: null, name: native.wellFormed(`${name}`), value: file };
  };

  const escaped = (text) => text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
  const lines = (text) => text.replace(/\r\n?|\n/g, "\r\n");

  // The bytes of a form as `multipart/form-data`, and its type with a boundary.
  const encode = (form) => {
    const random = native.random(12);
    let boundary = "----tasker-form-";
    for (let index = 0; index < random.length; index++) boundary += random[index].toString(16).padStart(2, "0");
    const parts = list();
    const entries = entriesOf(form);
    for (let index = 0; index < entries.length; index++) {
      const { name, value } = entries[index];
      const begin = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`;
      if (isFile(value)) {
        add(parts, `${begin}; filename="${escaped(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`);
        add(parts, bytesOf(value));
        add(parts, "\r\n");
      } else {
        add(parts, `${begin}\r\n\r\n${lines(value)}\r\n`);
      }
    }
    add(parts, `--${boundary}--\r\n`);
    return { __proto__: null, bytes: native.join(parts), type: `multipart/form-data; boundary=${boundary}` };
  };

  // The form in a body of one of the types that forms have; `undefined` if it is none.
  const decode = (bytes, type) => {
    const essence = type.split(";", 1)[0].trim().toLowerCase();
    const form = new FormData();
    const entries = entriesOf(form);
    if (essence === "application/x-www-form-urlencoded") {
      const flat = native.parseQuery(native.decode(bytes, "utf-8", false, false).text);
      for (let index = 0; index < flat.length; index += 2) add(entries, { __proto__: null, name: flat[index], value: flat[index + 1] });
      return form;
    }
    const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
    if (essence !== "multipart/form-data" || boundary === null) return undefined;
    const parts = native.parseMultipart(bytes, boundary[1] ?? boundary[2]);
    if (parts === undefined) return undefined;
    for (let index = 0; index < parts.length; index++) {
      const { name, filename, type: kind, bytes: content } = parts[index];
      const value = filename === undefined
        ? native.decode(content, "utf-8", false, false).text
        : newFile(content, filename, kind ?? "text/plain");
      add(entries, { __proto__: null, name, value });
    }
    return form;
  };

  native.finish(FormData, "FormData");
  return { FormData, isForm, encode, decode };
})
