(function (native, group) {
  "use strict";
  const { wrong, needFunction } = group("arguments");
  const { equal } = group("equal");

  class AssertionError extends Error {
    constructor(options) {
      if (typeof options !== "object" || options === null) throw wrong("ERR_INVALID_ARG_TYPE", 'The "options" argument must be of type object');
      const { message, actual, expected, operator } = options;
      super(message === undefined ? `${native.inspect(actual)} ${operator} ${native.inspect(expected)}` : `${message}`);
      Object.assign(this, { generatedMessage: message === undefined, code: "ERR_ASSERTION", actual, expected, operator });
      Object.defineProperty(this, "name", { value: "AssertionError", configurable: true, writable: true });
    }
  }

  // Fails with the author's message, or error, or with one of ours.
  const fail = (given, message, actual, expected, operator) => {
    if (given instanceof Error) throw given;
    const error = new AssertionError({ message: given ?? message, actual, expected, operator });
    error.generatedMessage = given === undefined;
    throw error;
  };

  const relation = (operator, holds, text) => (actual, expected, message) => {
    if (holds(actual, expected)) return;
    fail(message, `${text}:\n\n${native.inspect(actual)}\n\nshould ${operator.startsWith("not") ? "not " : ""}equal\n\n${native.inspect(expected)}`, actual, expected, operator);
  };
  const same = (one, other) => one == other || Number.isNaN(one) && Number.isNaN(other);

  const assert = (value, message) => {
    if (!value) fail(message, "The expression evaluated to a falsy value", value, true, "==");
  };

  // Whether an error is what was expected: of a class, matched by an expression, approved by a function, or with properties.
  const expectedError = (error, expected, message, operator) => {
    if (expected === undefined) return;
    if (native.kind(expected) === "RegExp") {
      if (!expected.test(String(error))) fail(message, `The input did not match the regular expression ${expected}. Input:\n\n${native.inspect(String(error))}`, error, expected, operator);
      return;
    }
    if (typeof expected === "object") {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push("name", "message");
      for (const key of keys) {
        const matches = native.kind(expected[key]) === "RegExp" && typeof error?.[key] === "string" && expected[key].test(error[key]);
        if (!matches && !(error !== null && error !== undefined && key in Object(error) && equal(error[key], expected[key], true))) {
          fail(message, `The error's ${key} is ${native.inspect(error?.[key])} instead of ${native.inspect(expected[key])}`, error, expected, operator);
        }
      }
      return;
    }
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (expected === Error || Error.isPrototypeOf(expected)) {
      fail(message, `The error is expected to be an instance of "${expected.name}". Received ${native.inspect(error)}`, error, expected, operator);
    }
    if (Reflect.apply(expected, {}, [error]) !== true) {
      fail(message, `The ${expected.name ? `"${expected.name}" ` : ""}validation function is expected to return "true"`, error, expected, operator);
    }
  };

  const split = (expected, message) => (typeof expected === "string" ? [undefined, expected] : [expected, message]);
  const nothing = Symbol("nothing");
  const thrownBy = (run) => {
    needFunction(run, "fn");
    try {
      run();
    } catch (error) {
      return error;
    }
    return nothing;
  };

  const throws = (run, given, text) => {
    const [expected, message] = split(given, text);
    const error = thrownBy(run);
    if (error === nothing) fail(message && `Missing expected exception: ${message}`, "Missing expected exception.", undefined, expected, "throws");
    expectedError(error, expected, message, "throws");
  };

  const unwanted = (error, what, given, text, operator) => {
    const [expected, message] = split(given, text);
    if (typeof expected === "function" && !(error instanceof expected)) throw error;
    const told = message ? `: ${message}` : ".";
    fail(undefined, `Got unwanted ${what}${told}\nActual message: "${error?.message}"`, error, expected, operator);
  };

  const doesNotThrow = (run, expected, message) => {
    const error = thrownBy(run);
    if (error !== nothing) unwanted(error, "exception", expected, message, "doesNotThrow");
  };

  const promiseOf = (given) => {
    const promise = typeof given === "function" ? given() : given;
    if (typeof promise?.then !== "function") {
      throw wrong("ERR_INVALID_ARG_TYPE", 'The "promiseFn" argument must be of type function or an instance of Promise');
    }
    return promise;
  };

  const rejects = async (promise, given, text) => {
    const [expected, message] = split(given, text);
    let error = nothing;
    const awaited = promiseOf(promise);
    try { await awaited; } catch (thrown) { error = thrown; }
    if (error === nothing) fail(message && `Missing expected rejection: ${message}`, "Missing expected rejection.", undefined, expected, "rejects");
    expectedError(error, expected, message, "rejects");
  };

  const doesNotReject = async (promise, expected, message) => {
    let error = nothing;
    const awaited = promiseOf(promise);
    try { await awaited; } catch (thrown) { error = thrown; }
    if (error !== nothing) unwanted(error, "rejection", expected, message, "doesNotReject");
  };

  const matching = (operator, wanted) => (text, expression, message) => {
    if (native.kind(expression) !== "RegExp") throw wrong("ERR_INVALID_ARG_TYPE", 'The "regexp" argument must be an instance of RegExp');
    if (typeof text === "string" && expression.test(text) === wanted) return;
    const told = `The input ${wanted ? "did not match" : "was expected to not match"} the regular expression ${expression}. Input:\n\n${native.inspect(text)}`;
    fail(message, told, text, expression, operator);
  };

  const deep = (strict) => (one, other) => equal(one, other, strict);
  const not = (holds) => (one, other) => !holds(one, other);
  const strictly = {
    equal: relation("strictEqual", Object.is, "Expected values to be strictly equal"),
    notEqual: relation("notStrictEqual", not(Object.is), "Expected values to be strictly unequal"),
    deepEqual: relation("deepStrictEqual", deep(true), "Expected values to be strictly deep-equal"),
    notDeepEqual: relation("notDeepStrictEqual", not(deep(true)), "Expected values not to be strictly deep-equal"),
  };
  const loosely = {
    equal: relation("equal", same, "Expected values to be loosely equal"),
    notEqual: relation("notEqual", not(same), "Expected values to be loosely unequal"),
    deepEqual: relation("deepEqual", deep(false), "Expected values to be loosely deep-equal"),
    notDeepEqual: relation("notDeepEqual", not(deep(false)), "Expected values not to be loosely deep-equal"),
  };
  const shared = {
    AssertionError, ok: assert, throws, doesNotThrow, rejects, doesNotReject,
    strictEqual: strictly.equal, notStrictEqual: strictly.notEqual, deepStrictEqual: strictly.deepEqual, notDeepStrictEqual: strictly.notDeepEqual,
    match: matching("match", true), doesNotMatch: matching("doesNotMatch", false),
    fail(message = "Failed") { fail(message, "Failed", undefined, undefined, "fail"); },
    ifError(value) {
      if (value === null || value === undefined) return;
      fail(undefined, `ifError got unwanted exception: ${value?.message ?? native.inspect(value)}`, value, null, "ifError");
    },
  };
  const strict = Object.assign((value, message) => assert(value, message), shared, strictly);
  Object.assign(assert, shared, loosely, { strict });
  strict.strict = strict;
  return { assert, "assert/strict": strict };
})
