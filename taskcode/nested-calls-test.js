/**
 * Shows how a task calls another one, here itself, down to a given depth. While it waits for the nested task it costs nothing:
 * its VM sleeps in the database, and wakes with the result.
 *
 * This is the plainest form of a task: a default export. `tools` and `console` are globals.
 *
 * @task nested-calls-test
 * @description Calls itself down to a given depth and returns the results nested in each other, with times
 * @param {object} input - Input parameters
 * @param {integer} [input.depth=3] - How many levels to go down
 * @param {boolean} [input.fail=false] - Throw at the deepest level, to see how an error comes up through all callers
 * @returns {Promise<object>} Depth, times and the result of the nested call
 */
export default async function nestedCallsTest(input) {
  const { depth = 3, fail = false } = input ?? {};
  const startedAt = new Date();
  console.log(`depth ${depth}: started`);

  if (depth <= 0 && fail) {
    throw new RangeError("the bottom was reached, as asked for with `fail`");
  }

  const nested = depth > 0 ? await tools.tasks.execute("nested-calls-test", { depth: depth - 1, fail }) : null;

  // The clock stands still while a task computes and moves on when a call settles, so this is the time of the nested call.
  const finishedAt = new Date();
  console.log(`depth ${depth}: finished`);
  return {
    depth,
    levels: 1 + (nested?.levels ?? 0),
    startedAt,
    finishedAt,
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    nested,
  };
}
