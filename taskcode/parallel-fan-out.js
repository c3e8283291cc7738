/**
 * Shows how to do many things at once and put their results together: service calls and nested tasks, all under way side by side.
 *
 * This form of a task exports a function of CommonJS, which gets `context` with the tools, the run and the modules.
 *
 * @task parallel-fan-out
 * @description Makes many keystore calls and nested tasks at once and aggregates what they return
 * @param {object} input - Input parameters
 * @param {integer} [input.count=20] - How many values to store and read back
 * @param {integer} [input.limit=10] - How many reads may be under way at a time
 * @param {integer} [input.nested=3] - How many nested tasks to run
 * @param {Tasker.Context} context - Tools, console, modules and the run
 * @returns {Promise<object>} Counts and sums over everything that came back
 */
module.exports = async function execute(input, context) {
  const { count = 20, limit = 10, nested = 3 } = input ?? {};
  const { tools, console } = context;

  // A helper that tasks share: it was packed with this task when the task was published.
  /** @type {typeof import("./shared/collections")} */
  const { countBy, mapLimit, range, sumBy } = await context.tasks.require("./shared/collections");

  // A namespace of its own for each run: runs that go on at the same time do not meet.
  const namespace = `fan-out-${context.run.id}`;
  const numbers = range(0, count);

  // All at once: every call is made before the first one is awaited.
  console.log(`storing ${count} values at once`);
  const stored = await Promise.all(
    numbers.map((number) => tools.keystore.set(namespace, `item-${number}`, { number, square: number * number })),
  );

  try {
    // Many, but not all at once: kinder to a service that counts requests.
    console.log(`reading them back, ${limit} at a time`);
    const items = await mapLimit(numbers, limit, (number) => tools.keystore.get(namespace, `item-${number}`));

    // Nested tasks fan out in the same way. This task sleeps until the last one is done.
    console.log(`running ${nested} nested tasks`);
    const results = await Promise.all(
      range(0, nested).map((depth) => tools.tasks.execute("nested-calls-test", { depth })),
    );

    return {
      created: stored.filter((answer) => answer.created).length,
      sum: sumBy(items, (item) => item.number),
      sumOfSquares: sumBy(items, (item) => item.square),
      parity: countBy(items, (item) => (item.number % 2 === 0 ? "even" : "odd")),
      nestedTasks: results.length,
      nestedLevels: sumBy(results, (result) => result.levels),
    };
  } finally {
    // `finally` holds across sleeping and waking too.
    await Promise.all(numbers.map((number) => tools.keystore.delete(namespace, `item-${number}`)));
  }
};
