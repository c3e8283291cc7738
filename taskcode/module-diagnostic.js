/**
 * Reports what a task finds in its VM: globals, tools, modules and how values behave. Run it when a task misses something.
 *
 * @task module-diagnostic
 * @description Reports the globals, tools and modules that the VM offers to a task
 * @param {object} input - Input parameters
 * @param {boolean} [input.checkGlobalScope=false] - List every global by name and type
 * @param {Tasker.Context} context - Tools, console, modules and the run
 * @returns {Promise<object>} The report
 */
module.exports = async function execute(input, context) {
  const { tools, console } = context;
  console.info("module diagnostic started", { input });

  const report = {
    run: context.run,
    input: { type: describe(input), keys: Object.keys(input ?? {}) },
    context: describeMembers(context),
    tools: await describeTools(tools),
    modules: await describeModules(context),
    language: describeLanguage(),
    absent: ABSENT.filter((name) => typeof Reflect.get(globalThis, name) === "undefined"),
    globals: input?.checkGlobalScope ? describeMembers(globalThis) : undefined,
  };

  console.info("module diagnostic finished");
  return report;
};

/** What programs for browsers and servers may look for, and tasks do without: a task reaches the world through its tools alone. */
const ABSENT = ["XMLHttpRequest", "WebSocket", "Deno", "Bun", "window", "WebAssembly"];

/**
 * The type of a value in a word.
 *
 * @param {unknown} value
 */
function describe(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

/**
 * The types of an object's own members by name.
 *
 * @param {object} object
 * @returns {Record<string, string>}
 */
function describeMembers(object) {
  const names = Object.getOwnPropertyNames(object).sort();
  return Object.fromEntries(names.map((name) => [name, describe(Reflect.get(object, name))]));
}

/**
 * Tools are made up as they are asked for: any path is a function, and the service decides whether it knows the method.
 *
 * @param {Tasker.Tools} tools
 */
async function describeTools(tools) {
  return {
    "tools": describe(tools),
    "tools.tasks.execute": describe(tools.tasks.execute),
    "tools.keystore.get": describe(tools.keystore.get),
    "tools.log": describe(tools.log),
    "__callHostTool__": describe(__callHostTool__),
    // Both ways of writing a call make the same call.
    sameCall: {
      byPath: await tools.keystore.list("module-diagnostic"),
      byName: await __callHostTool__("keystore", ["list"], ["module-diagnostic"]),
    },
    unknownMethod: await outcome(__callHostTool__("keystore", ["noSuchMethod"], [])),
    unknownService: await outcome(tools.noSuchService.method()),
  };
}

/**
 * Modules are packed with the task when it is published; there is no other source of them.
 *
 * @param {Tasker.Context} context
 */
async function describeModules(context) {
  const required = require("./shared/collections");
  const awaited = await context.tasks.require("./shared/collections");
  return {
    module: describe(module),
    exports: describe(module.exports),
    require: describe(require),
    "./shared/collections": describeMembers(required),
    sameInstance: required === awaited,
  };
}

/** What a task may rely on: the clock and the random numbers are the same again when the task is replayed. */
function describeLanguage() {
  const now = Date.now();
  return {
    strictMode: isStrict(),
    clock: { now: new Date(now), standsStill: Date.now() === now },
    random: Math.random() !== Math.random(),
    bigInt: String(2n ** 64n),
    regExp: "2026-01-02".replace(/(?<year>\d+)-(?<month>\d+)-(?<day>\d+)/u, "$<day>.$<month>.$<year>"),
    intl: typeof Intl,
  };
}

/** @this {unknown} */
function isStrict() {
  return this === undefined;
}

/**
 * What became of a call: `"ok"`, or the error that it threw.
 *
 * @param {Promise<unknown>} call
 */
async function outcome(call) {
  try {
    await call;
    return "ok";
  } catch (error) {
    const { name, code, message } = /** @type {Tasker.CallError} */ (error);
    return { name, code: code ?? null, message };
  }
}
