(function (native) {
  "use strict";
  const BOXES = { __proto__: null, Number: true, String: true, Boolean: true, BigInt: true, Symbol: true };
  // Values inside of values that are compared at most.
  const DEPTH = 500;

  const isObject = (value) => typeof value === "object" && value !== null;
  const enumerable = (object) => Reflect.ownKeys(object).filter((key) => Object.prototype.propertyIsEnumerable.call(object, key));

  // Whether two values are the same to the last. `strict`: their kinds too, as `===` has it; else as `==` has it.
  const equal = (one, other, strict) => same(one, other, strict, []);

  const same = (one, other, strict, above) => {
    if (one === other) return one !== 0 || !strict || Object.is(one, other);
    if (!isObject(one) || !isObject(other)) {
      if (typeof one === "function" || typeof other === "function" || strict) return Number.isNaN(one) && Number.isNaN(other);
      return !isObject(one) && !isObject(other) && (one == other || Number.isNaN(one) && Number.isNaN(other));
    }
    if (strict && Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
    const kind = native.kind(one);
    if (kind !== native.kind(other) || !alike(one, other, kind, strict)) return false;
    if (above.length > 2 * DEPTH) throw new RangeError(`the values are nested more than ${DEPTH} levels deep`);
    // In a cycle, both come back to where they were together.
    for (let index = 0; index < above.length; index += 2) if (above[index] === one) return above[index + 1] === other;
    above.push(one, other);
    const result = contents(one, other, kind, strict, above);
    above.length -= 2;
    return result;
  };

  // What is no property.
  const alike = (one, other, kind, strict) => {
    if (BOXES[kind]) return Object.is(one.valueOf(), other.valueOf());
    if (kind === "Date") return Object.is(one.getTime(), other.getTime());
    if (kind === "RegExp") return one.source === other.source && one.flags === other.flags && one.lastIndex === other.lastIndex;
    if (kind === "Error") return one.message === other.message && one.name === other.name;
    if (kind === "WeakMap" || kind === "WeakSet" || kind === "Promise") return false;
    if (ArrayBuffer.isView(one) || kind === "ArrayBuffer") return bytes(one, other, kind, strict);
    return true;
  };

  const bytes = (one, other, kind, strict) => {
    if (/^Float/.test(kind)) {
      return one.length === other.length && one.every((value, index) => (strict ? Object.is(value, other[index]) : value === other[index]));
    }
    const view = (value) => (kind === "ArrayBuffer" ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return native.compareBytes(view(one), view(other)) === 0;
  };

  const contents = (one, other, kind, strict, above) => {
    if (kind === "Set" && !sets(one, other, strict, above) || kind === "Map" && !maps(one, other, strict, above)) return false;
    if (kind === "Array" && one.length !== other.length) return false;
    const skips = ArrayBuffer.isView(one);
    const keys = strict && !skips ? enumerable(one) : Object.keys(one).filter((key) => !skips || !/^\d+$/.test(key));
    const others = strict && !skips ? enumerable(other) : Object.keys(other).filter((key) => !skips || !/^\d+$/.test(key));
    if (keys.length !== others.length) return false;
    if (kind === "Error" && "cause" in one !== "cause" in other) return false;
    if (kind === "Error" && !same(one.cause, other.cause, strict, above)) return false;
    if (kind === "Error" && !same(one.errors, other.errors, strict, above)) return false;
    return keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key], strict, above));
  };

  // Finds for each entry of one its like among those of the other which have none yet.
  const matched = (one, other, alike) => {
    const left = [...other];
    for (const entry of one) {
      const at = left.findIndex((candidate) => alike(entry, candidate));
      if (at < 0) return false;
      left.splice(at, 1);
    }
    return true;
  };

  const sets = (one, other, strict, above) => {
    if (one.size !== other.size) return false;
    const missing = (from, among) => [...from].filter((entry) => !among.has(entry));
    return matched(missing(one, other), missing(other, one), (entry, candidate) => same(entry, candidate, strict, above));
  };

  const maps = (one, other, strict, above) => {
    if (one.size !== other.size) return false;
    const odd = [];
    const keys = new Set(other.keys());
    for (const [key, value] of one) {
      if (other.has(key) && same(value, other.get(key), strict, above)) keys.delete(key);
      else if (!strict || isObject(key)) odd.push([key, value]);
      else return false;
    }
    const left = [...keys].map((key) => [key, other.get(key)]);
    return matched(odd, left, ([key, value], [otherKey, otherValue]) =>
      same(key, otherKey, strict, above) && same(value, otherValue, strict, above));
  };

  return { equal };
})
