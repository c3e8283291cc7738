(function (native, group) {
  "use strict";
  const { bytesOf } = group("encoding");
  const refuse = (name, message) => new DOMException(message, name);
  const inside = Symbol("inside");

  const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
  const BLOCK_BITS = { __proto__: null, "SHA-1": 512, "SHA-256": 512, "SHA-384": 1024, "SHA-512": 1024 };
  const SIGNING = ["sign", "verify"];
  const SEALING = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
  const DERIVING = ["deriveKey", "deriveBits"];
  const USAGES = {
    __proto__: null,
    HMAC: SIGNING, "AES-GCM": SEALING, "AES-CBC": SEALING, "AES-CTR": SEALING, PBKDF2: DERIVING, HKDF: DERIVING,
  };

  const nameOf = (algorithm) => `${typeof algorithm === "object" && algorithm !== null ? algorithm.name : algorithm}`;

  // The name of an algorithm with keys for one of these usages.
  const known = (algorithm, doing, among = undefined) => {
    const name = nameOf(algorithm).toUpperCase();
    if (!(name in USAGES) || (among !== undefined && USAGES[name] !== among)) {
      const names = Object.keys(USAGES).filter((each) => among === undefined || USAGES[each] === among);
      throw refuse("NotSupportedError", `${doing}: ${name} is not supported; use ${names.join(", ")}`);
    }
    return name;
  };

  const hashOf = (algorithm) => {
    const name = nameOf(algorithm).toUpperCase();
    if (!HASHES.includes(name)) throw refuse("NotSupportedError", `the hash ${name} is not supported; use ${HASHES.join(", ")}`);
    return name;
  };

  const copy = (source, of) => bytesOf(source, of).slice();

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
    get algorithm() {
      const { algorithm } = this.#details;
      return algorithm.hash === undefined ? { ...algorithm } : { ...algorithm, hash: { ...algorithm.hash } };
    }
    get usages() { return [...this.#details.usages]; }
  }

  // A key, if it may be used so, and for this algorithm.
  const keyOf = (key, usage, algorithm) => {
    if (!(key instanceof CryptoKey)) throw new TypeError(`${usage}: the key is no CryptoKey`);
    const opened = open(key);
    if (opened.algorithm.name !== algorithm) throw refuse("InvalidAccessError", `${usage}: the key is one of ${opened.algorithm.name}`);
    if (!opened.usages.includes(usage)) throw refuse("InvalidAccessError", `the key may not be used to ${usage}`);
    return opened;
  };

  const makeKey = (name, bytes, hash, extractable, usages) => {
    const list = [...usages].map(String);
    if (list.length === 0 || !list.every((usage) => USAGES[name].includes(usage))) {
      throw new SyntaxError(`the usages of a key of ${name} are ${USAGES[name].join(", ")}, at least one`);
    }
    let algorithm = { name };
    if (name === "HMAC") {
      if (bytes.length === 0) throw refuse("DataError", "the key is empty");
      algorithm = { name, hash: { name: hash }, length: bytes.length * 8 };
    } else if (USAGES[name] === SEALING) {
      if (bytes.length !== 16 && bytes.length !== 24 && bytes.length !== 32) throw refuse("DataError", "a key of AES has 16, 24 or 32 bytes");
      algorithm = { name, length: bytes.length * 8 };
    } else if (extractable) {
      throw new SyntaxError(`a key of ${name} cannot be extractable`);
    }
    return new CryptoKey(inside, bytes, { algorithm, extractable: Boolean(extractable), usages: [...new Set(list)] });
  };

  const hashOfKey = (name, algorithm) => name === "HMAC" ? hashOf(algorithm.hash) : undefined;

  // The bits of a key that is made or derived.
  const bitsOf = (name, algorithm, hash) => {
    const bits = Number(algorithm.length ?? (name === "HMAC" ? BLOCK_BITS[hash] : undefined));
    const fits = name === "HMAC" ? bits >= 8 && bits <= 8192 && bits % 8 === 0 : bits === 128 || bits === 192 || bits === 256;
    if (!fits) throw refuse("OperationError", name === "HMAC" ? "the length is 8 to 8192, in whole bytes" : "the length is 128, 192 or 256");
    return bits;
  };

  const base64url = { alphabet: "base64url" };
  const decoded = (text) => {
    try {
      return Uint8Array.fromBase64(`${text}`, base64url);
    } catch {
      throw refuse("DataError", "the key is not base64url");
    }
  };

  // What JSON Web Keys call an algorithm.
  const jsonName = ({ name, hash, length }) => name === "HMAC" ? hash.name.replace("SHA-", "HS") : `A${length}${name.slice(4)}`;

  const sealed = (encrypts, algorithm, { bytes }, data, doing) => {
    const name = nameOf(algorithm).toUpperCase();
    const isCounted = name === "AES-CTR";
    const iv = copy(isCounted ? algorithm.counter : algorithm.iv, doing);
    const short = isCounted ? "counter" : "iv";
    if (iv.length !== 16 && !(name === "AES-GCM" && iv.length === 12)) {
      throw refuse("OperationError", `${doing}: \`${short}\` has ${name === "AES-GCM" ? "12 or 16" : "16"} bytes`);
    }
    let more;
    if (name === "AES-GCM") {
      if ((algorithm.tagLength ?? 128) !== 128) throw refuse("NotSupportedError", `${doing}: \`tagLength\` is 128`);
      more = algorithm.additionalData === undefined ? new Uint8Array() : copy(algorithm.additionalData, doing);
    } else if (isCounted) {
      more = Number(algorithm.length);
      if (more !== 32 && more !== 64 && more !== 128) throw refuse("NotSupportedError", `${doing}: \`length\` is 32, 64 or 128`);
    }
    const made = native.aes(name, encrypts, bytes, iv, copy(data, doing), more);
    if (made === undefined) throw refuse("OperationError", `${doing}: the bytes cannot be read with this key and \`${short}\``);
    return made;
  };

  const derived = (algorithm, { bytes }, bits) => {
    const name = nameOf(algorithm).toUpperCase();
    const hash = hashOf(algorithm.hash);
    const length = Number(bits) / 8;
    if (!(Number.isInteger(length) && length > 0 && length <= 65536)) throw refuse("OperationError", "the length is 8 to 524288, in whole bytes");
    const salt = copy(algorithm.salt, "deriveBits");
    if (name === "HKDF") {
      const made = native.hkdf(hash, bytes, salt, copy(algorithm.info, "deriveBits"), length);
      if (made === undefined) throw refuse("OperationError", "so many bits cannot be derived");
      return made;
    }
    const iterations = Number(algorithm.iterations);
    if (!(Number.isInteger(iterations) && iterations > 0 && iterations < 2 ** 32)) throw refuse("OperationError", "`iterations` is a number from 1 on");
    return native.pbkdf2(hash, bytes, salt, iterations, length);
  };

  const imported = (format, data, algorithm, extractable, usages, doing) => {
    const name = known(algorithm, doing);
    const hash = hashOfKey(name, algorithm);
    if (format === "raw") return makeKey(name, copy(data, doing), hash, extractable, usages);
    if (format !== "jwk" || USAGES[name] === DERIVING) {
      throw refuse("NotSupportedError", `${doing}: the format ${format} is not supported for ${name}; use raw${USAGES[name] === DERIVING ? "" : " or jwk"}`);
    }
    if (data?.kty !== "oct") throw refuse("DataError", `${doing}: the \`kty\` of a key of ${name} is "oct"`);
    return makeKey(name, decoded(data.k), hash, extractable, usages);
  };

  const exported = (format, key, doing) => {
    if (!(key instanceof CryptoKey)) throw new TypeError(`${doing}: the key is no CryptoKey`);
    const { bytes, algorithm, extractable, usages } = open(key);
    if (!extractable) throw refuse("InvalidAccessError", "the key is not extractable");
    if (format === "raw") return bytes.slice().buffer;
    if (format !== "jwk") throw refuse("NotSupportedError", `${doing}: the format ${format} is not supported; use raw or jwk`);
    return { kty: "oct", k: bytes.toBase64({ ...base64url, omitPadding: true }), alg: jsonName(algorithm), ext: true, key_ops: [...usages] };
  };

  class SubtleCrypto {
    constructor(token) { if (token !== inside) throw new TypeError("Illegal constructor"); }

    async digest(algorithm, data) { return native.digest(hashOf(algorithm), copy(data, "digest")).buffer; }

    async importKey(format, data, algorithm, extractable, usages) {
      return imported(format, data, algorithm, extractable, usages, "importKey");
    }

    async exportKey(format, key) { return exported(format, key, "exportKey"); }

    async generateKey(algorithm, extractable, usages) {
      const name = known(algorithm, "generateKey");
      if (USAGES[name] === DERIVING) throw refuse("NotSupportedError", `generateKey: keys of ${name} are imported`);
      const hash = hashOfKey(name, algorithm);
      return makeKey(name, native.random(bitsOf(name, algorithm, hash) / 8), hash, extractable, usages);
    }

    async sign(algorithm, key, data) {
      const { bytes, algorithm: { hash } } = keyOf(key, "sign", known(algorithm, "sign", SIGNING));
      return native.hmac(hash.name, bytes, copy(data, "sign")).buffer;
    }

    async verify(algorithm, key, signature, data) {
      const { bytes, algorithm: { hash } } = keyOf(key, "verify", known(algorithm, "verify", SIGNING));
      return native.checkHmac(hash.name, bytes, copy(data, "verify"), copy(signature, "verify"));
    }

    async encrypt(algorithm, key, data) {
      return sealed(true, algorithm, keyOf(key, "encrypt", known(algorithm, "encrypt", SEALING)), data, "encrypt").buffer;
    }

    async decrypt(algorithm, key, data) {
      return sealed(false, algorithm, keyOf(key, "decrypt", known(algorithm, "decrypt", SEALING)), data, "decrypt").buffer;
    }

    async deriveBits(algorithm, key, length) {
      return derived(algorithm, keyOf(key, "deriveBits", known(algorithm, "deriveBits", DERIVING)), length).buffer;
    }

    async deriveKey(algorithm, key, to, extractable, usages) {
      const opened = keyOf(key, "deriveKey", known(algorithm, "deriveKey", DERIVING));
      const name = known(to, "deriveKey");
      const hash = hashOfKey(name, to);
      return makeKey(name, derived(algorithm, opened, bitsOf(name, to, hash)), hash, extractable, usages);
    }

    async wrapKey(format, key, by, algorithm) {
      const opened = keyOf(by, "wrapKey", known(algorithm, "wrapKey", SEALING));
      const plain = exported(format, key, "wrapKey");
      return sealed(true, algorithm, opened, format === "raw" ? plain : native.utf8(JSON.stringify(plain)), "wrapKey").buffer;
    }

    async unwrapKey(format, wrapped, by, algorithm, to, extractable, usages) {
      const opened = keyOf(by, "unwrapKey", known(algorithm, "unwrapKey", SEALING));
      const plain = sealed(false, algorithm, opened, wrapped, "unwrapKey");
      const key = format === "jwk" ? native.parseJson(native.toText(plain, "utf8", 0, plain.length)) : plain;
      return imported(format, key, to, extractable, usages, "unwrapKey");
    }
  }

  native.finish(SubtleCrypto, "SubtleCrypto");
  native.finish(CryptoKey, "CryptoKey");
  return { subtle: new SubtleCrypto(inside), SubtleCrypto, CryptoKey };
})
