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
  let quota;
  try { crypto.getRandomValues(new Uint8Array(65_537)); } catch (error) { quota = error.name; }
  same("quota", quota, "QuotaExceededError");
  await tools.keystore.set("web", "last", 1);
  return { jwk };
};
