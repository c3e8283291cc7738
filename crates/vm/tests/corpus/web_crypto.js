const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const refused = async (promise) => promise.then(() => "taken", (error) => error.name);

module.exports = async () => {
  const uuid = crypto.randomUUID();
  await tools.keystore.set("web", "uuid", uuid);
  same("uuid", [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid), new Set(Array.from({ length: 40 }, () => crypto.randomUUID())).size], [true, 40]);
  const words = crypto.getRandomValues(new Uint32Array(8).subarray(2, 6));
  same("random", [words.length, [...new Uint32Array(words.buffer)].slice(0, 2), words.some((word) => word > 0)], [4, [0, 0], true]);

  const { subtle } = crypto;
  same("digests", [
    hex(await subtle.digest("SHA-1", bytes("abc"))),
    hex(await subtle.digest("sha-256", bytes("abc").buffer)),
    hex(await subtle.digest({ name: "SHA-384" }, bytes("abc"))).slice(0, 16),
    hex(await subtle.digest("SHA-512", new Uint8Array())).slice(0, 16),
  ], ["a9993e364706816aba3e25717850c26c9cd0d89d", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "cb00753f45a35e8b", "cf83e1357eefb8bd"]);

  const key = await subtle.importKey("raw", bytes("key"), { name: "HMAC", hash: "SHA-256" }, true, ["sign", "verify"]);
  await tools.keystore.set("web", "key", key.algorithm);
  const data = bytes("The quick brown fox jumps over the lazy dog");
  const signature = await subtle.sign("HMAC", key, data);
  same("hmac", hex(signature), "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  same("verify", [await subtle.verify("HMAC", key, signature, data), await subtle.verify("HMAC", key, signature, bytes("other")), await subtle.verify("HMAC", key, signature.slice(1), data)], [true, false, false]);
  const jwk = await subtle.exportKey("jwk", key);
  same("jwk", [jwk.kty, jwk.k, jwk.alg, jwk.ext], ["oct", "a2V5", "HS256", true]);
  const again = await subtle.importKey("jwk", jwk, { name: "HMAC", hash: { name: "SHA-256" } }, false, ["verify"]);
  same("again", [await subtle.verify("HMAC", again, signature, data), again.extractable, again.usages, key.algorithm], [true, false, ["verify"], { name: "HMAC", hash: { name: "SHA-256" }, length: 24 }]);
  same("refused", [
    await refused(subtle.sign("HMAC", again, data)), await refused(subtle.exportKey("raw", again)), await refused(subtle.digest("MD5", data)),
    await refused(subtle.importKey("raw", new Uint8Array(), { name: "HMAC", hash: "SHA-1" }, true, ["sign"])),
  ], ["InvalidAccessError", "InvalidAccessError", "NotSupportedError", "DataError"]);
  const made = await subtle.generateKey({ name: "HMAC", hash: "SHA-512" }, true, ["sign"]);
  same("made", (await subtle.exportKey("raw", made)).byteLength, 128);

  // AES and derived keys, as Node computes them.
  const keyOf = (length, byte) => new Uint8Array(length).fill(byte);
  const text = (buffer) => new TextDecoder().decode(buffer);
  const seal = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: bytes("aad") };
  const gcm = await subtle.importKey("raw", keyOf(32, 7), "AES-GCM", true, ["encrypt", "decrypt", "wrapKey", "unwrapKey"]);
  const sealed = await subtle.encrypt(seal, gcm, bytes("hello"));
  await tools.keystore.set("web", "sealed", hex(sealed));
  same("aes-gcm", [hex(sealed), text(await subtle.decrypt(seal, gcm, sealed)), gcm.algorithm], ["09bdc8de9405ad1a69f500f672c98d799c9982c061", "hello", { name: "AES-GCM", length: 256 }]);
  same("aes-gcm of others", [
    await refused(subtle.decrypt({ ...seal, additionalData: bytes("other") }, gcm, sealed)), await refused(subtle.decrypt(seal, gcm, sealed.slice(1))),
    await refused(subtle.encrypt({ ...seal, iv: new Uint8Array(5) }, gcm, data)), await refused(subtle.encrypt({ ...seal, name: "AES-CBC", iv: new Uint8Array(16) }, gcm, data)),
  ], ["OperationError", "OperationError", "OperationError", "InvalidAccessError"]);
  const cbc = await subtle.importKey("raw", keyOf(16, 1), "AES-CBC", false, ["encrypt", "decrypt"]);
  const chained = await subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, cbc, bytes("hello world 12345"));
  same("aes-cbc", [hex(chained), text(await subtle.decrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, cbc, chained)), await refused(subtle.decrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, cbc, chained.slice(1)))],
    ["70d7547dab6b1ee6c0adfaf0b4f0bf27f1352b0d6ce3b572fc0efd90ff37e815", "hello world 12345", "OperationError"]);
  const ctr = await subtle.importKey("raw", keyOf(32, 1), "AES-CTR", false, ["encrypt", "decrypt"]);
  const counted = await subtle.encrypt({ name: "AES-CTR", counter: keyOf(16, 255), length: 64 }, ctr, bytes("hello world 12345 and more bytes"));
  same("aes-ctr", hex(counted), "6436e1096675f0a83bba0f92217c09d707276acc8e0041bfb4d2c6b887a203a1");
  const password = await subtle.importKey("raw", bytes("password"), "PBKDF2", false, ["deriveBits", "deriveKey"]);
  const stretch = { name: "PBKDF2", salt: bytes("salt"), iterations: 1000, hash: "SHA-256" };
  const stretched = await subtle.deriveKey(stretch, password, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  const secret = await subtle.importKey("raw", bytes("ikm"), "HKDF", false, ["deriveBits"]);
  same("derived", [
    hex(await subtle.deriveBits({ ...stretch, hash: "SHA-1" }, password, 160)), hex(await subtle.exportKey("raw", stretched)),
    hex(await subtle.deriveBits({ name: "HKDF", salt: bytes("s"), info: bytes("i"), hash: "SHA-256" }, secret, 256)),
  ], ["6e88be8bad7eae9d9e10aa061224034fed48d03f", "632c2812e46d4604102ba7618e9d6d7d2f8128f6266b4a03264d2a0460b7dcb3", "b069c08f611a5338fa31e7c0985e3acca8889340601776f1605aeb78e9b5543e"]);
  const unwrapped = [];
  for (const format of ["raw", "jwk"]) {
    const wrapped = await subtle.wrapKey(format, stretched, gcm, seal);
    const key = await subtle.unwrapKey(format, wrapped, gcm, seal, "AES-GCM", true, ["decrypt"]);
    unwrapped.push((await subtle.exportKey("jwk", key)).k === (await subtle.exportKey("jwk", stretched)).k, (await subtle.exportKey("jwk", key)).alg);
  }
  same("unwrapped", unwrapped, [true, "A256GCM", true, "A256GCM"]);
  same("keys refused", [
    await refused(subtle.importKey("raw", keyOf(5, 1), "AES-GCM", true, ["encrypt"])), await refused(subtle.importKey("raw", keyOf(16, 1), "AES-GCM", true, ["sign"])),
    await refused(subtle.importKey("raw", keyOf(16, 1), "AES-GCM", true, [])), await refused(subtle.generateKey({ name: "AES-GCM", length: 100 }, true, ["encrypt"])),
    await refused(subtle.importKey("raw", bytes("x"), "HKDF", true, ["deriveBits"])), await refused(subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])),
  ], ["DataError", "SyntaxError", "SyntaxError", "OperationError", "SyntaxError", "NotSupportedError"]);
  let quota;
  try { crypto.getRandomValues(new Uint8Array(65_537)); } catch (error) { quota = error.name; }
  same("quota", quota, "QuotaExceededError");
  await tools.keystore.set("web", "last", 1);
  return { jwk };
};
