(function (native, group) {
  "use strict";
  const { Buffer } = group("buffer");
  const { wrong } = group("arguments");

  // How many bytes at the end wait for others, by encoding: those of a character, or of a group of signs.
  const WAITING = { __proto__: null, utf16le: 2, base64: 3, base64url: 3 };

  const none = new Uint8Array();

  class StringDecoder {
    #decoder;
    #kept = none;

    constructor(encoding = "utf8") {
      if (!Buffer.isEncoding(encoding)) throw wrong("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
      const name = encoding.toLowerCase().replace(/^utf-8$/, "utf8").replace(/^(?:ucs-?2|utf-16le)$/, "utf16le").replace(/^binary$/, "latin1");
      this.encoding = name;
      if (name === "utf8") this.#decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    }

    write(bytes) {
      if (typeof bytes === "string") return bytes;
      if (this.#decoder) return this.#decoder.decode(bytes, { stream: true });
      const whole = Buffer.concat([this.#kept, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
      let end = whole.length - whole.length % (WAITING[this.encoding] ?? 1);
      // The first half of a character of two units waits for the other.
      if (this.encoding === "utf16le" && end >= 2 && (whole[end - 1] & 0xfc) === 0xd8) end -= 2;
      this.#kept = whole.subarray(end);
      return whole.toString(this.encoding, 0, end);
    }

    end(bytes = undefined) {
      const text = bytes === undefined ? "" : this.write(bytes);
      if (this.#decoder) return text + this.#decoder.decode();
      const rest = Buffer.from(this.#kept).toString(this.encoding);
      this.#kept = none;
      return text + rest;
    }
  }

  return { string_decoder: { StringDecoder } };
})
