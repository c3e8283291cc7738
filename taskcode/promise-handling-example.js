/**
 * Shows every way to wait for calls: one after the other, together, the first of several, and what to do with errors. Promises here
 * are the language's own; each `await` is a place where the task may sleep and wake.
 *
 * This form of a task exports `runTask`, which gets the tools as its second argument.
 *
 * @task promise-handling-example
 * @description Waits for calls in sequence, in parallel and in races, and catches their errors
 * @param {object} input - Input parameters
 * @param {string} [input.name="world"] - A word that goes through all the examples
 * @param {Tasker.Tools} tools - The services and other tasks
 * @returns {Promise<object>} What each way of waiting gave
 */
export async function runTask(input, tools) {
  // A namespace of its own, so that runs that go on at the same time do not meet. Random numbers are the same again on a replay.
  const namespace = `promises-${Math.random().toString(36).slice(2)}`;
  const scene = { tools, namespace, name: input?.name ?? "world" };
  try {
    return {
      sequential: await sequential(scene),
      parallel: await parallel(scene),
      race: await race(scene),
      allSettled: await allSettled(scene),
      any: await any(scene),
      errors: await errors(scene),
    };
  } finally {
    await Promise.all(["first", "second", "third"].map((key) => tools.keystore.delete(namespace, key)));
  }
}

const MISSING_TASK = "a-task-that-does-not-exist";

/**
 * What every example works with.
 *
 * @typedef {{ tools: Tasker.Tools, namespace: string, name: string }} Scene
 */

/**
 * One after the other: each call can use what the one before it gave.
 *
 * @param {Scene} scene
 */
async function sequential({ tools, namespace, name }) {
  await tools.keystore.set(namespace, "first", `hello ${name}`);
  const first = await tools.keystore.get(namespace, "first");
  await tools.keystore.set(namespace, "second", first.toUpperCase());
  return tools.keystore.get(namespace, "second");
}

/**
 * Together: the calls are made first and awaited afterwards. Services and nested tasks mix freely.
 *
 * @param {Scene} scene
 */
async function parallel({ tools, namespace, name }) {
  const [first, stored, nested] = await Promise.all([
    tools.keystore.get(namespace, "first"),
    tools.keystore.set(namespace, "third", { name }),
    tools.tasks.execute("nested-calls-test", { depth: 1 }),
  ]);
  return { first, created: stored.created, nestedLevels: nested.levels };
}

/**
 * The first to settle wins, be it a value or an error. The others go on, but nobody waits for them.
 *
 * @param {Scene} scene
 */
async function race({ tools, namespace }) {
  const winner = await Promise.race([
    tools.keystore.get(namespace, "first").then(() => "keystore"),
    tools.tasks.execute("nested-calls-test", { depth: 2 }).then(() => "nested task"),
  ]);
  return winner;
}

/**
 * All of them, whatever becomes of each: nothing is thrown.
 *
 * @param {Scene} scene
 */
async function allSettled({ tools, namespace, name }) {
  const outcomes = await Promise.allSettled([
    tools.keystore.get(namespace, "third"),
    tools.tasks.execute(MISSING_TASK, { name }),
    tools.tasks.execute("nested-calls-test", { depth: 0, fail: true }),
  ]);
  return outcomes.map((outcome) =>
    outcome.status === "fulfilled"
      ? { status: outcome.status, value: outcome.value }
      : { status: outcome.status, error: outcome.reason.name, code: outcome.reason.code ?? null },
  );
}

/**
 * The first that succeeds; errors count only if there is nothing else.
 *
 * @param {Scene} scene
 */
async function any({ tools, namespace, name }) {
  const found = await Promise.any([
    tools.tasks.execute(MISSING_TASK, { name }),
    tools.keystore.get(namespace, "first"),
  ]);
  try {
    await Promise.any([tools.tasks.execute(MISSING_TASK), tools.tasks.execute(MISSING_TASK)]);
  } catch (error) {
    return { found, whenAllFail: error instanceof AggregateError ? error.errors.length : 0 };
  }
}

/**
 * Errors of calls are thrown where the call is awaited, with their own name, message and code, from however deep they come.
 *
 * @param {Scene} scene
 */
async function errors({ tools }) {
  const caught = [];
  try {
    await tools.tasks.execute(MISSING_TASK);
  } catch (error) {
    const { name, code } = /** @type {Tasker.CallError} */ (error);
    caught.push({ name, code });
  }
  try {
    await tools.tasks.execute("nested-calls-test", { depth: 2, fail: true });
  } catch (error) {
    // Thrown three tasks below as a RangeError, and a RangeError still.
    caught.push({ isRangeError: error instanceof RangeError, message: /** @type {Error} */ (error).message });
  }
  // Without try/catch: a value in place of an error.
  const fallback = await tools.tasks.execute(MISSING_TASK).catch(() => "a default");
  return { caught, fallback };
}
