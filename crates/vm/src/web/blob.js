(function (native, group) {
  "use strict";
  const { list, add } = group("lists");
  const { isBuffer, viewOf } = group("views");
  const custom = Symbol.for("nodejs.util.inspect.custom");

  const typeOf = (type) => (/^[ -~]*$/.test(type) ? type.toLowerCase() : "");

  // Only these files see the bytes of a blob, and whether an object is one.
  let bytesOf;
  let isBlob;
  let isFile;
  let ofBytes;

  class Blob {
    #bytes;
    #type;

    static {
      bytesOf = (blob) => blob.#bytes;
      isBlob = (value) => typeof value === "object" && value !== null && #bytes in value;
      // The same blob, of these bytes.
      ofBytes = (bytes, blob) => {
        blob.#bytes = bytes;
        return blob;
      };
    }

    constructor(parts = undefined, options = undefined) {
      if (parts !== undefined && (typeof parts !== "object" && typeof parts !== "function" || parts === null || !parts[Symbol.iterator])) {
        throw new TypeError("Blob: the first argument is no list of parts");
      }
      const endings = `${options?.endings ?? "transparent"}`;
      if (endings !== "transparent" && endings !== "native") throw new TypeError("Blob: `endings` is neither transparent nor native");
      const made = list();
      const bytesOf = (part) => {
        if (isBlob(part)) return part.#bytes;
        if (isBuffer(part)) return viewOf(part);
        return endings === "native" ? `${part}`.replace(/\r\n?/g, "\n") : `${part}`;
      };
      if (parts !== undefined) for (const part of parts) add(made, bytesOf(part));
      this.#bytes = native.join(made);
      this.#type = typeOf(`${options?.type ?? ""}`);
    }

    get size() { return this.#bytes.length; }
    get type() { return this.#type; }

    slice(start = 0, end = this.#bytes.length, type = "") {
      return ofBytes(this.#bytes.subarray(start, end), new Blob(undefined, { __proto__: null, type }));
    }

    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return native.decode(this.#bytes, "utf-8", false, false).text; }
    [custom](depth, options) { return `Blob ${native.inspect({ size: this.size, type: this.type }, options)}`; }
    stream() { return group("streams").ofBytes(this.#bytes.slice()); }
  }

  class File extends Blob {
    #name;
    #modified;

    static { isFile = (value) => typeof value === "object" && value !== null && #name in value; }

    constructor(parts, name, options = undefined) {
      if (arguments.length < 2) throw new TypeError("File: the parts and a name are needed");
      super(parts, options);
      this.#name = `${name}`;
      this.#modified = Math.trunc(Number(options?.lastModified ?? Date.now())) || 0;
    }

    get name() { return this.#name; }
    get lastModified() { return this.#modified; }
    get webkitRelativePath() { return ""; }
    [custom](depth, options) {
      const { size, type, name, lastModified } = this;
      return `File ${native.inspect({ size, type, name, lastModified }, options)}`;
    }
  }

  native.finish(Blob, "Blob");
  native.finish(File, "File");

  const newBlob = (bytes, type) => ofBytes(bytes, new Blob(undefined, { __proto__: null, type }));
  const newFile = (bytes, name, type, lastModified) => ofBytes(bytes, new File(undefined, name, { __proto__: null, type, lastModified }));
  const copy = (blob) => (isFile(blob)
    ? newFile(bytesOf(blob), blob.name, blob.type, blob.lastModified)
    : newBlob(bytesOf(blob), blob.type));
  return { Blob, File, isBlob, isFile, bytesOf, copy, newBlob, newFile };
})
