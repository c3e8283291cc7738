(function (native, group) {
  "use strict";
  const { list, add } = group("lists");
  const { viewOf } = group("views");
  const { wrong, outOfRange, integer } = group("arguments");

  const ENCODINGS = {
    __proto__: null, utf8: "utf8", "utf-8": "utf8", hex: "hex", base64: "base64", base64url: "base64url", latin1: "latin1", binary: "latin1",
    ascii: "ascii", ucs2: "utf16le", "ucs-2": "utf16le", utf16le: "utf16le", "utf-16le": "utf16le",
  };
  // Bytes of one buffer, as in Node.
  const MOST = 2 ** 53 - 1;

  const encodingOf = (encoding) => {
    if (encoding === undefined || encoding === null || encoding === "") return "utf8";
    const known = ENCODINGS[`${encoding}`.toLowerCase()];
    if (known === undefined) throw wrong("ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
    return known;
  };

  const bytesOf = (text, encoding) => native.toBytes(text, encodingOf(encoding));
  const isBytes = (value) => native.kind(value) === "Uint8Array";
  const isArrayBuffer = (value) => native.kind(value) === "ArrayBuffer";
  const own = (bytes) => new Buffer(bytes.buffer, bytes.byteOffset, bytes.length);
  const needBytes = (value, name) => {
    if (!isBytes(value)) throw wrong("ERR_INVALID_ARG_TYPE", `The "${name}" argument must be an instance of Buffer or Uint8Array`);
    return value;
  };
  const size = (value) => {
    if (typeof value !== "number") throw wrong("ERR_INVALID_ARG_TYPE", 'The "size" argument must be of type number');
    if (!(value >= 0 && value <= MOST)) throw outOfRange("size", `>= 0 && <= ${MOST}`, value);
    return value;
  };

  class Buffer extends Uint8Array {
    constructor(value, encodingOrOffset, length) {
      if (typeof value === "string") super(bytesOf(value, encodingOrOffset).buffer);
      else if (value === undefined || typeof value === "number") super(value ?? 0);
      else super(value, encodingOrOffset, length);
    }

    static from(value, encodingOrOffset, length) {
      if (typeof value === "string") return own(bytesOf(value, encodingOrOffset));
      if (isArrayBuffer(value)) return new Buffer(value, encodingOrOffset, length);
      if (typeof value !== "object" || value === null) {
        throw wrong("ERR_INVALID_ARG_TYPE", "The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array");
      }
      const primitive = value.valueOf?.();
      if (primitive !== undefined && primitive !== null && primitive !== value) return Buffer.from(primitive, encodingOrOffset, length);
      if (value.type === "Buffer" && Array.isArray(value.data)) return Buffer.from(value.data);
      if (typeof value.length === "number" || value[Symbol.iterator]) return own(Uint8Array.from(value));
      const text = value[Symbol.toPrimitive]?.("string");
      if (typeof text === "string") return Buffer.from(text, encodingOrOffset);
      return new Buffer(0);
    }

    static of(...items) { return own(Uint8Array.from(items)); }
    static alloc(length, fill, encoding) {
      const made = new Buffer(size(length));
      return fill === undefined || length === 0 ? made : made.fill(fill, encoding);
    }
    static allocUnsafe(length) { return new Buffer(size(length)); }
    static allocUnsafeSlow(length) { return new Buffer(size(length)); }
    static isBuffer(value) { return value instanceof Buffer; }
    static isEncoding(encoding) { return typeof encoding === "string" && encoding !== "" && ENCODINGS[encoding.toLowerCase()] !== undefined; }
    static byteLength(value, encoding) {
      if (typeof value === "string") return bytesOf(value, encoding).length;
      if (ArrayBuffer.isView(value) || isArrayBuffer(value)) return value.byteLength;
      throw wrong("ERR_INVALID_ARG_TYPE", 'The "string" argument must be of type string or an instance of Buffer or ArrayBuffer');
    }
    static compare(one, other) { return native.compareBytes(needBytes(one, "buf1"), needBytes(other, "buf2")); }
    static concat(buffers, length) {
      if (!Array.isArray(buffers)) throw wrong("ERR_INVALID_ARG_TYPE", 'The "list" argument must be an instance of Array');
      const all = list();
      for (let index = 0; index < buffers.length; index++) add(all, needBytes(buffers[index], `list[${index}]`));
      const joined = own(native.join(all));
      if (length === undefined || length === joined.length) return joined;
      if (length < joined.length) return joined.subarray(0, length);
      const padded = Buffer.alloc(length);
      padded.set(joined);
      return padded;
    }

    get parent() { return this.buffer; }
    get offset() { return this.byteOffset; }

    toString(encoding, start = 0, end = this.length) {
      const name = encodingOf(encoding);
      const from = clamp(start, this.length);
      return native.toText(this, name, from, Math.max(from, clamp(end, this.length)));
    }
    toLocaleString(...given) { return this.toString(...given); }
    toJSON() { return { type: "Buffer", data: Array.from(this) }; }
    equals(other) { return native.compareBytes(this, needBytes(other, "otherBuffer")) === 0; }

    compare(other, targetStart = 0, targetEnd = other.length, start = 0, end = this.length) {
      needBytes(other, "target");
      const within = (value, name, most) => {
        if (!(value >= 0 && value <= most)) throw outOfRange(name, `>= 0 && <= ${most}`, value);
      };
      within(targetStart, "targetStart", MOST);
      within(targetEnd, "targetEnd", other.length);
      within(start, "sourceStart", MOST);
      within(end, "sourceEnd", this.length);
      return native.compareBytes(this.subarray(start, Math.max(start, end)), other.subarray(targetStart, Math.max(targetStart, targetEnd)));
    }

    copy(target, targetStart = 0, start = 0, end = this.length) {
      const from = integer(start);
      if (from < 0 || from > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, start);
      const at = integer(targetStart);
      if (at < 0) throw outOfRange("targetStart", ">= 0", targetStart);
      if (at >= target.length) return 0;
      const length = Math.max(0, Math.min(clamp(end, this.length) - from, target.length - at));
      new Uint8Array(target.buffer, target.byteOffset, target.length).set(this.subarray(from, from + length), at);
      return length;
    }

    write(text, offset, length, encoding) {
      if (typeof text !== "string") throw wrong("ERR_INVALID_ARG_TYPE", 'The "string" argument must be of type string');
      if (typeof offset === "string") return this.write(text, 0, undefined, offset);
      if (typeof length === "string") return this.write(text, offset, undefined, length);
      const at = offset ?? 0;
      if (!(Number.isInteger(at) && at >= 0 && at <= this.length)) throw outOfRange("offset", `>= 0 && <= ${this.length}`, offset);
      const room = Math.min(length ?? this.length, this.length - at);
      const name = encodingOf(encoding);
      const bytes = native.toBytes(text, name);
      let fits = Math.min(bytes.length, room);
      // Only whole characters.
      if (name === "utf8") while (fits > 0 && fits < bytes.length && (bytes[fits] & 0xc0) === 0x80) fits--;
      if (name === "utf16le") fits -= fits % 2;
      this.set(bytes.subarray(0, fits), at);
      return fits;
    }

    fill(value, offset, end, encoding) {
      if (typeof offset === "string") return this.fill(value, 0, this.length, offset);
      if (typeof end === "string") return this.fill(value, offset, this.length, end);
      const [from, to] = [offset ?? 0, end ?? this.length];
      if (!(from >= 0 && from <= MOST)) throw outOfRange("offset", `>= 0 && <= ${MOST}`, offset);
      if (!(to >= 0 && to <= this.length)) throw outOfRange("end", `>= 0 && <= ${this.length}`, end);
      if (from >= to) return this;
      const pattern = typeof value === "string" ? bytesOf(value, encoding) : isBytes(value) ? value : undefined;
      if (pattern === undefined || pattern.length < 2) {
        if (pattern?.length === 0 && isBytes(value)) throw wrong("ERR_INVALID_ARG_VALUE", "The argument 'value' is invalid");
        super.fill(pattern === undefined ? Number(value) & 255 : pattern[0] ?? 0, from, to);
        return this;
      }
      this.set(pattern.subarray(0, to - from), from);
      for (let done = pattern.length; done < to - from; done *= 2) this.copyWithin(from + done, from, Math.min(from + done, to - done));
      return this;
    }

    indexOf(value, offset, encoding) { return search(this, value, offset, encoding, false); }
    lastIndexOf(value, offset, encoding) { return search(this, value, offset, encoding, true); }
    includes(value, offset, encoding) { return search(this, value, offset, encoding, false) >= 0; }
    slice(start, end) { return this.subarray(start, end); }
    swap16() { return swap(this, 2); }
    swap32() { return swap(this, 4); }
    swap64() { return swap(this, 8); }

    readUIntBE(offset, length) { return readInt(this, offset, length, false, false); }
    readUIntLE(offset, length) { return readInt(this, offset, length, true, false); }
    readIntBE(offset, length) { return readInt(this, offset, length, false, true); }
    readIntLE(offset, length) { return readInt(this, offset, length, true, true); }
    writeUIntBE(value, offset, length) { return writeInt(this, value, offset, length, false, false); }
    writeUIntLE(value, offset, length) { return writeInt(this, value, offset, length, true, false); }
    writeIntBE(value, offset, length) { return writeInt(this, value, offset, length, false, true); }
    writeIntLE(value, offset, length) { return writeInt(this, value, offset, length, true, true); }
  }

  const clamp = (value, length) => {
    const whole = integer(value);
    return whole < 0 ? 0 : Math.min(whole, length);
  };

  const search = (buffer, value, offset, encoding, last) => {
    if (typeof offset === "string") return search(buffer, value, undefined, offset, last);
    const needle = typeof value === "string" ? bytesOf(value, encoding) : typeof value === "number" ? Uint8Array.of(value & 255) : needBytes(value, "value");
    const { length } = buffer;
    const given = Math.trunc(Number(offset));
    let from = Number.isNaN(given) ? (last ? length : 0) : given < 0 ? length + given : given;
    if (last && from < 0) return -1;
    from = Math.max(0, from);
    if (needle.length === 0) return Math.min(from, length);
    if (!last) return from >= length ? -1 : native.findBytes(buffer, needle, from, false);
    return native.findBytes(buffer, needle, Math.min(from, length), true);
  };

  const swap = (buffer, unit) => {
    if (buffer.length % unit !== 0) throw wrong("ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${unit * 8}-bits`, RangeError);
    for (let index = 0; index < buffer.length; index += unit) buffer.subarray(index, index + unit).reverse();
    return buffer;
  };

  const place = (buffer, offset, length) => {
    if (typeof offset !== "number") throw wrong("ERR_INVALID_ARG_TYPE", 'The "offset" argument must be of type number');
    if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
    if (buffer.length < length) throw wrong("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds", RangeError);
    if (offset < 0 || offset > buffer.length - length) throw outOfRange("offset", `>= 0 and <= ${buffer.length - length}`, offset);
    return offset;
  };

  const lengthOf = (length) => {
    if (!(Number.isInteger(length) && length >= 1 && length <= 6)) throw outOfRange("byteLength", ">= 1 and <= 6", length);
    return length;
  };

  const readInt = (buffer, offset, given, little, signed) => {
    const length = lengthOf(given);
    const at = place(buffer, offset, length);
    let value = 0;
    for (let index = 0; index < length; index++) value = value * 256 + buffer[little ? at + length - 1 - index : at + index];
    return signed && value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
  };

  const writeInt = (buffer, given, offset, bytes, little, signed) => {
    const length = lengthOf(bytes);
    const at = place(buffer, offset, length);
    const value = inRange(Number(given), signed ? -(2 ** (8 * length - 1)) : 0, 2 ** (8 * length - (signed ? 1 : 0)) - 1);
    let rest = value < 0 ? value + 2 ** (8 * length) : value;
    for (let index = 0; index < length; index++, rest = Math.floor(rest / 256)) buffer[little ? at + index : at + length - 1 - index] = rest % 256;
    return at + length;
  };

  const inRange = (value, least, most) => {
    if (value < least || value > most) throw outOfRange("value", `>= ${least} and <= ${most}`, value);
    return value;
  };

  // Methods for numbers of one size: `readInt16LE`, with what DataView has for it.
  const numbers = (name, type, length, least, most) => {
    const method = (called, value) => Object.defineProperty(Buffer.prototype, called, { __proto__: null, value, configurable: true, writable: true });
    for (const order of length === 1 ? [""] : ["LE", "BE"]) {
      const little = order === "LE";
      const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
      const read = { [`read${name}${order}`](offset = 0) { return view(this)[`get${type}`](place(this, offset, length), little); } };
      const write = {
        [`write${name}${order}`](value, offset = 0) {
          const at = place(this, offset, length);
          view(this)[`set${type}`](at, least === undefined ? value : inRange(typeof least === "bigint" ? value : Number(value), least, most), little);
          return at + length;
        },
      };
      for (const made of [read, write]) {
        for (const called in made) {
          method(called, made[called]);
          if (called.includes("UInt")) method(called.replace("UInt", "Uint"), made[called]);
        }
      }
    }
  };
  numbers("UInt8", "Uint8", 1, 0, 0xff);
  numbers("Int8", "Int8", 1, -0x80, 0x7f);
  numbers("UInt16", "Uint16", 2, 0, 0xffff);
  numbers("Int16", "Int16", 2, -0x8000, 0x7fff);
  numbers("UInt32", "Uint32", 4, 0, 0xffffffff);
  numbers("Int32", "Int32", 4, -0x80000000, 0x7fffffff);
  numbers("BigUInt64", "BigUint64", 8, 0n, 2n ** 64n - 1n);
  numbers("BigInt64", "BigInt64", 8, -(2n ** 63n), 2n ** 63n - 1n);
  numbers("Float", "Float32", 4);
  numbers("Double", "Float64", 8);
  const { prototype } = Buffer;
  for (const end of ["BE", "LE"]) {
    prototype[`readUint${end}`] = prototype[`readUInt${end}`];
    prototype[`writeUint${end}`] = prototype[`writeUInt${end}`];
  }
  prototype[Symbol.for("nodejs.util.inspect.custom")] = function () {
    const more = this.length - 50;
    const bytes = this.toString("hex", 0, 50).replace(/..(?=.)/g, "$& ");
    return `<Buffer${bytes && ` ${bytes}`}${more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : ""}>`;
  };
  for (const key of Object.getOwnPropertyNames(prototype).concat(Object.getOwnPropertySymbols(prototype))) {
    Object.defineProperty(prototype, key, { __proto__: null, enumerable: false });
  }
  Buffer.poolSize = 8192;
  const constants = { __proto__: null, MAX_LENGTH: MOST, MAX_STRING_LENGTH: 2 ** 29 - 24 };
  const isUtf8 = (bytes) => native.decode(viewOf(bytes), "utf-8", true, false) !== undefined;
  const isAscii = (bytes) => viewOf(bytes).every((byte) => byte < 128);
  const transcode = (bytes, from, to) => Buffer.from(Buffer.from(bytes).toString(from), to);
  const buffer = {
    get Blob() { return group("blob").Blob; },
    get File() { return group("blob").File; },
    Buffer, SlowBuffer: Buffer, atob, btoa, constants, isAscii, isUtf8, kMaxLength: MOST, kStringMaxLength: constants.MAX_STRING_LENGTH, transcode,
  };
  return { Buffer, buffer };
})
