// Maps, sets, typed arrays, symbols, dates, regular expressions, BigInt and weak maps across awaits.
module.exports = async (input, { tools }) => {
  const key = { id: 1 };
  const map = new Map([["a", 1], [key, "object"], [NaN, "nan"]]);
  const set = new Set([1, "1", key]);
  const weak = new WeakMap([[key, "weak"]]);
  const weakSet = new WeakSet([key]);
  const bytes = new Uint8Array([1, 2, 3]);
  const view = new DataView(bytes.buffer);
  const floats = Float64Array.of(0.1, -0, Infinity);
  const local = Symbol("local");
  const tagged = { [local]: 1, [Symbol.for("shared")]: 2, get [Symbol.toStringTag]() { return "Tagged"; } };
  const sticky = /(?<word>\w+)\s*/gy;
  const text = "one two three";
  const words = [sticky.exec(text).groups.word];
  const entries = map.entries();
  entries.next();
  await tools.keystore.set("col", "x", 1);
  words.push(sticky.exec(text).groups.word, sticky.lastIndex);
  const second = entries.next().value;
  map.set("late", 2).delete("a");
  const big = 2n ** 100n;
  await tools.keystore.get("col", "x");
  bytes[1] = 250;
  const date = new Date(Date.UTC(2024, 1, 29, 12, 30));
  date.setUTCDate(30);
  await tools.keystore.get("col", "x");
  return {
    map: [...map].map(([k, v]) => [typeof k === "object" ? k.id : String(k), v]),
    second: second[1], set: [set.has(key), set.has("1"), set.size],
    weak: [weak.get(key), weakSet.has(key), weak.has({})],
    bytes: [...bytes], sum: view.getUint16(0), floats: [...floats].map((x) => Object.is(x, -0) ? "-0" : String(x)),
    symbols: [tagged[local], tagged[Symbol.for("shared")], String(tagged), local.description],
    words, rest: text.replace(/t(\w)/g, (m, c) => c.toUpperCase()), split: text.split(/\s/),
    big: String(big * 3n + 1n), date, iso: date.toISOString(), day: date.getUTCDay(),
  };
};
