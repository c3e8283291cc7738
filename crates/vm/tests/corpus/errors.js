// Awaits in try, catch and finally; errors of services; errors across functions.
class Refused extends Error { constructor(message, extra) { super(message); this.name = "Refused"; this.extra = extra; } }
export async function runTask(input, tools) {
  const trail = [];
  const step = async (name, fail) => {
    try {
      trail.push(name + ":try");
      await tools.keystore.set("errors", name, 1);
      if (fail) throw new Refused("no " + name, { name });
      return name;
    } catch (error) {
      await tools.keystore.set("errors", name, "caught");
      trail.push(`${name}:${error.name}:${error.extra.name}:${error instanceof Refused}`);
      return "recovered";
    } finally {
      trail.push(name + ":finally:" + (await tools.keystore.get("errors", name)));
    }
  };
  const results = [await step("a", false), await step("b", true)];
  try { await tools.keystore.explode(1, { two: [3] }); } catch (error) {
    trail.push([error.name, error.message, error.code, error.status, error instanceof Error, error.stack.includes("runTask")]);
  }
  const overridden = await (async () => { try { return await tools.keystore.get("errors", "a"); } finally { await tools.keystore.delete("errors", "a"); } })();
  let nested;
  try { try { await tools.nothing.here(); } finally { await tools.keystore.set("errors", "f", 9); } } catch (error) { nested = new Error("outer", { cause: error }).cause.message; }
  class Named extends Error {
    constructor(message) { super(message); this.name = "Named"; }
  }
  class Captured extends Error {
    constructor(message) { super(message); this.name = "Captured"; Error.captureStackTrace(this, Captured); }
  }
  // The first line of a stack is made when it is looked at first, as in Node.
  const [named, captured, changed, kept] = [new Named("n"), new Captured("c"), new Error("before"), new Error("kept")];
  changed.message = "after";
  const before = kept.stack;
  kept.name = "Other";
  await tools.keystore.set("errors", "stacks", 1);
  const firsts = [named, captured, changed, kept].map((error) => error.stack.split("\n")[0]);
  const wanted = ["Named: n", "Captured: c", "Error: after", "Error: kept"];
  if (firsts.join() !== wanted.join() || kept.stack !== before || !/\n    at /.test(named.stack)) throw new Error(`stacks: ${firsts}`);
  const rejected = await Promise.reject(new TypeError("late")).catch(async (e) => e.name + (await tools.keystore.get("errors", "f")));
  return { results, trail, overridden, nested, rejected };
}
