(function (native, group) {
  "use strict";
  const { wrong, needFunction } = group("arguments");
  const { types } = group("types");
  const { equal } = group("equal");

  const custom = Symbol.for("nodejs.util.promisify.custom");

  const inspect = (value, ...options) => native.inspect(value, ...options);
  inspect.custom = Symbol.for("nodejs.util.inspect.custom");
  inspect.defaultOptions = {
    showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100, maxStringLength: 10000,
    breakLength: 80, compact: 3, sorted: false, getters: false,
  };
  inspect.colors = {};
  inspect.styles = {};

  const like = (made, original) => {
    Object.setPrototypeOf(made, Object.getPrototypeOf(original));
    return Object.defineProperties(made, Object.getOwnPropertyDescriptors(original));
  };

  const promisify = (original) => {
    needFunction(original, "original");
    if (original === setTimeout) return group("timers")["timers/promises"].setTimeout;
    if (original[custom]) {
      return Object.defineProperty(needFunction(original[custom], "util.promisify.custom"), custom, { value: original[custom], configurable: true });
    }
    const promised = function (...given) {
      return new Promise((resolve, reject) => {
        Reflect.apply(original, this, [...given, (error, ...values) => {
          if (error) reject(error);
          else resolve(values[0]);
        }]);
      });
    };
    return Object.defineProperty(like(promised, original), custom, { value: promised, configurable: true });
  };
  promisify.custom = custom;

  const callbackify = (original) => {
    needFunction(original, "original");
    const called = function (...given) {
      const callback = needFunction(given.pop(), "last argument");
      const later = (...values) => queueMicrotask(() => Reflect.apply(callback, this, values));
      Reflect.apply(original, this, given).then((value) => later(null, value), (reason) => {
        if (reason) return later(reason);
        const error = wrong("ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value", Error);
        error.reason = reason;
        later(error);
      });
    };
    return Object.defineProperty(called, "name", { value: `${original.name}Callbackified`, configurable: true });
  };

  const inherits = (Class, Base) => {
    needFunction(Class, "ctor");
    needFunction(Base, "superCtor");
    Object.defineProperty(Class, "super_", { value: Base, writable: true, configurable: true });
    Object.setPrototypeOf(Class.prototype, Base.prototype);
  };

  const deprecate = (original, message, code) => {
    let warned = false;
    const deprecated = function (...given) {
      if (!warned) console.warn(`DeprecationWarning: ${code ? `${code}: ` : ""}${message}`);
      warned = true;
      return new.target ? Reflect.construct(original, given, new.target) : Reflect.apply(original, this, given);
    };
    deprecated.prototype = original.prototype;
    return deprecated;
  };

  const debuglog = () => Object.assign(() => {}, { enabled: false });
  const isOf = (kind) => (value) => typeof value === kind;

  const util = {
    TextDecoder, TextEncoder, callbackify, debug: debuglog, debuglog, deprecate,
    format: (...given) => native.format(...given),
    formatWithOptions: (options, ...given) => native.format(...given),
    inherits, inspect, isDeepStrictEqual: (one, other) => equal(one, other, true), promisify,
    stripVTControlCharacters: (text) => `${text}`.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g, ""),
    toUSVString: (text) => `${text}`.toWellFormed(), types,
    isArray: Array.isArray, isBoolean: isOf("boolean"), isBuffer: (value) => Boolean(group("buffer", true)?.Buffer.isBuffer(value)),
    isDate: types.isDate, isError: (value) => value instanceof Error, isFunction: isOf("function"), isNull: (value) => value === null,
    isNullOrUndefined: (value) => value === null || value === undefined, isNumber: isOf("number"),
    isObject: (value) => value !== null && typeof value === "object", isPrimitive: (value) => Object(value) !== value, isRegExp: types.isRegExp,
    isString: isOf("string"), isSymbol: isOf("symbol"), isUndefined: isOf("undefined"),
  };
  return { util };
})
