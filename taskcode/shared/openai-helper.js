/**
 * Helpers for OpenAI's lists. Shared by tasks.
 */

/**
 * The items of a list, over all of its pages.
 *
 *     for await (const file of items(tools.openai.files.list, { purpose: "batch" })) { … }
 *
 * @template Item
 * @param {(query: object) => Promise<{ data: Item[], has_more?: boolean, last_id?: string }>} list - A method that gives pages
 * @param {object} [query] - Its query; `limit` is the size of a page
 * @returns {AsyncGenerator<Item, void>}
 */
async function* items(list, query = {}) {
  let after;
  do {
    const page = await list(after === undefined ? query : { ...query, after });
    yield* page.data;
    const next = page.has_more ? page.last_id || /** @type {any} */ (page.data.at(-1))?.id : undefined;
    // A list that gives the same page again would have no end.
    after = next === after ? undefined : next;
  } while (after);
}

module.exports = { items };
