(function (native, group) {
  "use strict";
  const refuse = (name, message) => new DOMException(message, name);

  const INTEGERS = [
    "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
    "BigInt64Array", "BigUint64Array",
  ];
  const inside = Symbol("inside");

  class Crypto {
    constructor(token) { if (token !== inside) throw new TypeError("Illegal constructor"); }
    get subtle() { return group("subtle").subtle; }

    getRandomValues(array) {
      if (!INTEGERS.includes(native.kind(array))) {
        throw refuse("TypeMismatchError", "getRandomValues: the argument is no typed array of integers");
      }
      if (array.byteLength > 65536) throw refuse("QuotaExceededError", "getRandomValues: more than 65536 bytes");
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(native.random(array.byteLength));
      return array;
    }

    randomUUID() {
      const bytes = native.random(16);
      bytes[6] = (bytes[6] & 0x0f) | 0x40;
      bytes[8] = (bytes[8] & 0x3f) | 0x80;
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    }
  }

  native.finish(Crypto, "Crypto");
  return { crypto: new Crypto(inside), Crypto };
})
