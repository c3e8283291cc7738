/**
 * Helpers for lists and for many calls at once. Shared by tasks: a file under `shared/` is packed with every task that
 * requires it, and is not published as a task of its own.
 */

/**
 * Cuts a list into pieces of at most `size` items.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} size
 * @returns {Item[][]}
 */
function chunk(items, size) {
  if (!(size >= 1)) {
    throw new RangeError(`chunk: size must be 1 or more, not ${size}`);
  }
  const pieces = [];
  for (let start = 0; start < items.length; start += size) {
    pieces.push(items.slice(start, start + size));
  }
  return pieces;
}

/**
 * `Promise.all` with a bound: maps a list with at most `limit` calls under way at any time. Results are in the order of the list.
 * The first failure is thrown, and nothing new is begun after it.
 *
 * @template Item, Result
 * @param {readonly Item[]} items
 * @param {number} limit
 * @param {(item: Item, index: number) => Promise<Result> | Result} mapper
 * @returns {Promise<Result[]>}
 */
async function mapLimit(items, limit, mapper) {
  if (!(limit >= 1)) {
    throw new RangeError(`mapLimit: limit must be 1 or more, not ${limit}`);
  }
  /** @type {Result[]} */
  const results = new Array(items.length);
  let next = 0;

  // Each worker takes the next item as soon as it is done with its last one.
  async function work() {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await mapper(items[index], index);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}

/**
 * Adds up a number of each item.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => number} number
 * @returns {number}
 */
function sumBy(items, number) {
  return items.reduce((sum, item) => sum + number(item), 0);
}

/**
 * Counts the items under each key.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} key
 * @returns {Record<string, number>}
 */
function countBy(items, key) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const item of items) {
    counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/**
 * The whole numbers from `start` up to, but not including, `end`.
 *
 * @param {number} start
 * @param {number} end
 * @returns {number[]}
 */
function range(start, end) {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}

module.exports = { chunk, mapLimit, sumBy, countBy, range };
