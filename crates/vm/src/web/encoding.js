(function (native) {
  "use strict";

  // The bytes of an ArrayBuffer, a typed array or a DataView, not copied.
  const bytesOf = (source, of) => {
    if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    if (native.kind(source) === "ArrayBuffer") return new Uint8Array(source);
    throw new TypeError(`${of}: an ArrayBuffer, a typed array or a DataView is needed`);
  };

  class TextEncoder {
    get encoding() { return "utf-8"; }

    encode(text = "") { return native.utf8(`${text}`); }

    encodeInto(text, into) {
      if (native.kind(into) !== "Uint8Array") throw new TypeError("encodeInto: the second argument is no Uint8Array");
      let read = 0;
      let written = 0;
      for (const character of `${text}`) {
        const bytes = native.utf8(character);
        if (written + bytes.length > into.length) break;
        into.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    // Bytes that begin a character whose other bytes come with the next chunk.
    #kept = new Uint8Array();
    #begun = false;

    constructor(label = "utf-8", options = {}) {
      const encoding = native.encoding(`${label}`);
      if (encoding === undefined) throw new RangeError(`TextDecoder: the encoding ${label} is not known`);
      this.#encoding = encoding;
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }

    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(source, options = {}) {
      const more = Boolean(options?.stream);
      let bytes = source === undefined ? new Uint8Array() : bytesOf(source, "decode");
      if (this.#kept.length > 0) {
        const whole = new Uint8Array(this.#kept.length + bytes.length);
        whole.set(this.#kept);
        whole.set(bytes, this.#kept.length);
        bytes = whole;
      }
      const decoded = native.decode(bytes, this.#encoding, this.#fatal, more);
      const begun = this.#begun;
      this.#kept = decoded && more ? bytes.slice(bytes.length - decoded.rest) : new Uint8Array();
      this.#begun = more && (begun || Boolean(decoded?.text));
      if (decoded === undefined) throw new TypeError(`decode: the bytes are not valid ${this.#encoding}`);
      const marked = !begun && !this.#ignoreBOM && decoded.text.startsWith("\ufeff");
      return marked ? decoded.text.slice(1) : decoded.text;
    }
  }

  native.finish(TextEncoder, "TextEncoder");
  native.finish(TextDecoder, "TextDecoder");
  return { TextEncoder, TextDecoder, bytesOf };
})
