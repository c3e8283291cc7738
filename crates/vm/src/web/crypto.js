(function (native, group) {
  "use strict";
  const { bytesOf } = group("encoding");
  const refuse = (name, message) => new DOMException(message, name);

  const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
  const BLOCK_BITS = { "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
  const INTEGERS = [
    "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
    "BigInt64Array", "BigUint64Array",
  ];
  const inside = Symbol("inside");

  const nameOf = (algorithm) => `${typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm}`;

  const hashOf = (algorithm) => {
    const name = nameOf(algorithm).toUpperCase();
    if (!HASHES.includes(name)) throw refuse("NotSupportedError", `the hash ${name} is not supported; use ${HASHES.join(", ")}`);
    return name;
  };

  const hmacOnly = (algorithm, doing) => {
    const name = nameOf(algorithm).toUpperCase();
    if (name !== "HMAC") throw refuse("NotSupportedError", `${doing}: ${name} is not supported; use HMAC`);
  };

  // The bytes and rights of a key, which only this file sees.
  let open;

  class CryptoKey {
    #bytes;
    #details;
    static { open = (key) => ({ bytes: key.#bytes, ...key.#details }); }
    constructor(token, bytes, details) {
      if (token !== inside) throw new TypeError("Illegal constructor");
      this.#bytes = bytes;
      this.#details = details;
    }
    get type() { return "secret"; }
    get extractable() { return this.#details.extractable; }
    get algorithm() { return { ...this.#details.algorithm, hash: { ...this.#details.algorithm.hash } }; }
    get usages() { return [...this.#details.usages]; }
  }

  const keyOf = (key, usage) => {
    if (!(key instanceof CryptoKey)) throw new TypeError(`${usage}: the key is no CryptoKey`);
    const opened = open(key);
    if (!opened.usages.includes(usage)) throw refuse("InvalidAccessError", `the key may not be used to ${usage}`);
    return opened;
  };

  const hmacKey = (bytes, hash, extractable, usages) => {
    const list = [...usages].map(String);
    if (list.length === 0 || !list.every((usage) => usage === "sign" || usage === "verify")) {
      throw new SyntaxError('the usages of an HMAC key are "sign" and "verify", at least one');
    }
    if (bytes.length === 0) throw refuse("DataError", "the key is empty");
    const algorithm = { name: "HMAC", hash: { name: hash }, length: bytes.length * 8 };
    return new CryptoKey(inside, bytes, { algorithm, extractable: Boolean(extractable), usages: [...new Set(list)] });
  };

  const base64url = { alphabet: "base64url" };
  const decoded = (text) => {
    try {
      return Uint8Array.fromBase64(`${text}`, base64url);
    } catch {
      throw refuse("DataError", "the key is not base64url");
    }
  };

  class SubtleCrypto {
    constructor(token) { if (token !== inside) throw new TypeError("Illegal constructor"); }

    async digest(algorithm, data) {
      return native.digest(hashOf(algorithm), bytesOf(data, "digest").slice()).buffer;
    }

    async importKey(format, data, algorithm, extractable, usages) {
      hmacOnly(algorithm, "importKey");
      const hash = hashOf(algorithm.hash);
      if (format === "raw") return hmacKey(bytesOf(data, "importKey").slice(), hash, extractable, usages);
      if (format !== "jwk") throw refuse("NotSupportedError", `importKey: the format ${format} is not supported; use raw or jwk`);
      if (data?.kty !== "oct") throw refuse("DataError", 'importKey: the `kty` of an HMAC key is "oct"');
      return hmacKey(decoded(data.k), hash, extractable, usages);
    }

    async exportKey(format, key) {
      if (!(key instanceof CryptoKey)) throw new TypeError("exportKey: the key is no CryptoKey");
      const { bytes, algorithm, extractable, usages } = open(key);
      if (!extractable) throw refuse("InvalidAccessError", "the key is not extractable");
      if (format === "raw") return bytes.slice().buffer;
      if (format !== "jwk") throw refuse("NotSupportedError", `exportKey: the format ${format} is not supported; use raw or jwk`);
      const alg = algorithm.hash.name.replace("SHA-", "HS");
      return { kty: "oct", k: bytes.toBase64({ ...base64url, omitPadding: true }), alg, ext: true, key_ops: [...usages] };
    }

    async generateKey(algorithm, extractable, usages) {
      hmacOnly(algorithm, "generateKey");
      const hash = hashOf(algorithm.hash);
      const bits = Number(algorithm.length ?? BLOCK_BITS[hash]);
      if (!(bits >= 8 && bits <= 8192 && bits % 8 === 0)) throw refuse("OperationError", "generateKey: the length is 8 to 8192, in whole bytes");
      return hmacKey(native.random(bits / 8), hash, extractable, usages);
    }

    async sign(algorithm, key, data) {
      hmacOnly(algorithm, "sign");
      const { bytes, algorithm: { hash } } = keyOf(key, "sign");
      return native.hmac(hash.name, bytes, bytesOf(data, "sign").slice()).buffer;
    }

    async verify(algorithm, key, signature, data) {
      hmacOnly(algorithm, "verify");
      const { bytes, algorithm: { hash } } = keyOf(key, "verify");
      return native.checkHmac(hash.name, bytes, bytesOf(data, "verify").slice(), bytesOf(signature, "verify").slice());
    }
  }

  class Crypto {
    #subtle = new SubtleCrypto(inside);
    constructor(token) { if (token !== inside) throw new TypeError("Illegal constructor"); }
    get subtle() { return this.#subtle; }

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
  native.finish(SubtleCrypto, "SubtleCrypto");
  native.finish(CryptoKey, "CryptoKey");
  return { crypto: new Crypto(inside), Crypto, SubtleCrypto, CryptoKey };
})
