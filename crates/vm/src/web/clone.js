(function (native, group) {
  "use strict";

  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const refuse = (what) => new DOMException(`structuredClone: ${what} cannot be copied`, "DataCloneError");

  function structuredClone(value, options = {}) {
    if (arguments.length === 0) throw new TypeError("structuredClone: a value is missing");
    const moved = [...(options?.transfer ?? [])];
    for (const buffer of moved) {
      if (native.kind(buffer) !== "ArrayBuffer" || buffer.detached) throw refuse("what is to be transferred");
    }
    // Original: copy. One value that stands twice, or in itself, is copied once.
    const copies = new Map();
    const copied = copy(value, copies, new Set(moved));
    for (const buffer of moved) {
      const kept = copies.get(buffer);
      const transferred = buffer.transfer();
      if (kept) new Uint8Array(kept).set(new Uint8Array(transferred));
    }
    return copied;
  }

  const copy = (value, copies, moved) => {
    if (typeof value === "function") throw refuse(`the function ${value.name || "without a name"}`);
    if (typeof value === "symbol") throw refuse(value.toString());
    if (typeof value !== "object" || value === null) return value;
    if (copies.has(value)) return copies.get(value);
    const keep = (made) => {
      copies.set(value, made);
      return made;
    };
    const inner = (of) => copy(of, copies, moved);
    const kind = native.kind(value);
    switch (kind) {
      case "Boolean": case "Number": case "String": case "BigInt": return keep(Object(value.valueOf()));
      case "Date": return keep(new Date(value.getTime()));
      case "RegExp": return keep(new RegExp(value.source, value.flags));
      case "ArrayBuffer":
        if (value.detached) throw refuse("a detached ArrayBuffer");
        return keep(value.slice());
      case "Map": {
        const made = keep(new Map());
        for (const [key, entry] of [...value]) made.set(inner(key), inner(entry));
        return made;
      }
      case "Set": {
        const made = keep(new Set());
        for (const entry of [...value]) made.add(inner(entry));
        return made;
      }
      case "Error": return error(value, keep, inner);
      case "DOMException": return keep(new DOMException(value.message, value.name));
      case "Array": {
        const made = keep([]);
        made.length = value.length;
        return fill(made, value, inner);
      }
      case "Object": {
        const blobs = group("blob", true);
        return blobs?.isBlob(value) ? keep(blobs.copy(value)) : fill(keep({}), value, inner);
      }
      default:
    }
    if (ArrayBuffer.isView(value)) {
      const length = kind === "DataView" ? value.byteLength : value.length;
      return keep(new globals[kind](inner(value.buffer), value.byteOffset, length));
    }
    throw refuse(`an object of the kind ${kind}`);
  };

  // The classes of views, as they were when the first copy was made.
  const globals = {
    DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
  };

  const fill = (made, value, inner) => {
    for (const key of Object.keys(value)) {
      Object.defineProperty(made, key, { value: inner(value[key]), configurable: true, enumerable: true, writable: true });
    }
    return made;
  };

  const error = (value, keep, inner) => {
    const Class = Object.hasOwn(ERRORS, value.name) ? ERRORS[value.name] : Error;
    const made = keep(new Class(Object.hasOwn(value, "message") ? `${value.message}` : undefined));
    const own = (key, of) => Object.defineProperty(made, key, { value: of, configurable: true, writable: true });
    own("stack", `${value.stack}`);
    if (Object.hasOwn(value, "cause")) own("cause", inner(value.cause));
    return made;
  };

  return { structuredClone };
})
