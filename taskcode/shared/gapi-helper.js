/**
 * Helpers for Google's APIs. Shared by tasks: a file under `shared/` is packed with every task that requires it, and is not
 * published as a task of its own.
 *
 * The `list…` functions follow all pages and never throw: they give `{ success: true, … }` or `{ success: false, error }`. Use
 * `pages` where an error is to be caught, or where a list is too long to be held.
 */

/**
 * Every item of a list, page after page, as it is needed:
 *
 *     for await (const user of pages(tools.gapi.admin.directory.users.list, { customer: "my_customer" })) { … }
 *
 * @template Item
 * @param {(params: any, options?: any) => Promise<any>} method - A method that answers with `nextPageToken`
 * @param {Record<string, unknown>} [params] - Its parameters
 * @param {Tasker.GapiOptions & { limit?: number, items?: string }} [options] - The call's own options; `limit`: how many items at
 *   most; `items`: the property that has them, if an answer has several lists
 * @returns {AsyncGenerator<Item, void, void>}
 */
async function* pages(method, params = {}, options = {}) {
  const { limit = Infinity, items: property, ...callOptions } = options;
  let pageToken = params.pageToken;
  let left = limit;
  while (left > 0) {
    const page = await method(pageToken === undefined ? params : { ...params, pageToken }, callOptions);
    for (const item of itemsOf(page, property)) {
      yield item;
      if (--left <= 0) {
        return;
      }
    }
    const next = page?.nextPageToken;
    if (!next) {
      return;
    }
    if (next === pageToken) {
      throw new Error(`pages: the page token ${JSON.stringify(next)} leads to itself`);
    }
    pageToken = next;
  }
}

/**
 * The items of one page: `property` if it is named, else `items`, else the only list that the page has.
 *
 * @param {any} page
 * @param {string} [property]
 * @returns {any[]}
 */
function itemsOf(page, property) {
  const named = page?.[property ?? "items"];
  if (property !== undefined || Array.isArray(named)) {
    return named ?? [];
  }
  const lists = Object.entries(page ?? {}).filter(([, value]) => Array.isArray(value));
  if (lists.length > 1) {
    throw new TypeError(`pages: name one of the lists as \`items\`: ${lists.map(([name]) => name).join(", ")}`);
  }
  return lists.length === 1 ? lists[0][1] : [];
}

/**
 * All items that `pages` gives, in a list.
 *
 * @param {Parameters<typeof pages>} args
 * @returns {Promise<any[]>}
 */
async function all(...args) {
  const list = [];
  for await (const item of pages(...args)) {
    list.push(item);
  }
  return list;
}

/**
 * What an error says, as plain data for a result.
 *
 * @param {any} error
 * @returns {{ message: string, code?: string, status?: number }}
 */
function describe(error) {
  const { message, code, status } = error ?? {};
  return { message: message ?? String(error), ...(code && { code }), ...(status && { status }) };
}

/**
 * `{ success: true, [name]: … }`, or `{ success: false, error, code }`.
 *
 * @param {string} name
 * @param {() => Promise<any>} work
 * @returns {Promise<any>}
 */
async function attempt(name, work) {
  try {
    return { success: true, [name]: await work() };
  } catch (error) {
    const { message, ...rest } = describe(error);
    return { success: false, error: message, ...rest };
  }
}

/**
 * @typedef {{ tools: Tasker.Tools }} WithTools
 * @typedef {Tasker.GapiOptions & { limit?: number }} ListOptions
 */

/**
 * The domains of an account.
 *
 * @param {WithTools} context
 * @param {{ customer?: string }} [params]
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, domains?: any[], error?: string, code?: string }>}
 */
function listDomains({ tools }, params = {}, options = {}) {
  const { directory } = tools.gapi.admin;
  return attempt("domains", () => all(directory.domains.list, { customer: "my_customer", ...params }, { items: "domains", ...options }));
}

/**
 * The users of a domain, or of the whole account.
 *
 * @param {WithTools} context
 * @param {{ domain?: string, customer?: string, query?: string, orderBy?: string, [name: string]: unknown }} [params]
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, users?: any[], error?: string, code?: string }>}
 */
function listUsers({ tools }, params = {}, options = {}) {
  const whose = params.domain === undefined ? { customer: "my_customer" } : {};
  const { directory } = tools.gapi.admin;
  return attempt("users", () => all(directory.users.list, { ...whose, ...params }, { items: "users", ...options }));
}

/**
 * The groups of a domain, or of the whole account.
 *
 * @param {WithTools} context
 * @param {{ domain?: string, customer?: string, [name: string]: unknown }} [params]
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, groups?: any[], error?: string, code?: string }>}
 */
function listGroups({ tools }, params = {}, options = {}) {
  const whose = params.domain === undefined ? { customer: "my_customer" } : {};
  const { directory } = tools.gapi.admin;
  return attempt("groups", () => all(directory.groups.list, { ...whose, ...params }, { items: "groups", ...options }));
}

/**
 * The ids of the messages that a search finds. A mailbox other than the caller's own is read on behalf of its user.
 *
 * @param {WithTools} context
 * @param {{ userId?: string, q?: string, maxResults?: number, [name: string]: unknown }} [params] - `maxResults`: how many at most
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, messages?: { id: string, threadId: string }[], error?: string, code?: string }>}
 */
function listGmailMessages({ tools }, params = {}, options = {}) {
  const { userId = "me", maxResults, ...rest } = params;
  const subject = userId === "me" ? {} : { subject: userId };
  const limit = maxResults === undefined ? {} : { limit: maxResults };
  const query = { userId, ...rest, ...(maxResults !== undefined && { maxResults: Math.min(maxResults, 500) }) };
  return attempt("messages", () => all(tools.gapi.gmail.users.messages.list, query, { items: "messages", ...limit, ...subject, ...options }));
}

/**
 * One message, as Gmail has it.
 *
 * @param {WithTools} context
 * @param {{ userId?: string, id: string, format?: string, metadataHeaders?: string[], [name: string]: unknown }} params
 * @param {Tasker.GapiOptions} [options]
 * @returns {Promise<{ success: boolean, message?: any, error?: string, code?: string }>}
 */
function getGmailMessage({ tools }, params, options = {}) {
  const { userId = "me", ...rest } = params;
  const subject = userId === "me" ? {} : { subject: userId };
  return attempt("message", () => tools.gapi.gmail.users.messages.get({ userId, ...rest }, { ...subject, ...options }));
}

/**
 * Files of a drive.
 *
 * @param {WithTools} context
 * @param {{ q?: string, pageSize?: number, fields?: string, [name: string]: unknown }} [params] - `fields` must have `nextPageToken`
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, files?: any[], error?: string, code?: string }>}
 */
function listDriveFiles({ tools }, params = {}, options = {}) {
  return attempt("files", () => all(tools.gapi.drive.files.list, params, { items: "files", ...options }));
}

/**
 * Events of a calendar.
 *
 * @param {WithTools} context
 * @param {{ calendarId?: string, timeMin?: string | Date, timeMax?: string | Date, q?: string, [name: string]: unknown }} [params]
 * @param {ListOptions} [options]
 * @returns {Promise<{ success: boolean, events?: any[], error?: string, code?: string }>}
 */
function listCalendarEvents({ tools }, params = {}, options = {}) {
  return attempt("events", () => all(tools.gapi.calendar.events.list, { calendarId: "primary", ...params }, { items: "items", ...options }));
}

/**
 * A header of a message that was fetched in the format `metadata` or `full`; `""` if it has none of that name.
 *
 * @param {any} message
 * @param {string} name
 * @returns {string}
 */
function headerOf(message, name) {
  /** @type {{ name?: string, value?: string }[]} */
  const headers = message?.payload?.headers ?? [];
  return headers.find((header) => header.name?.toLowerCase() === name.toLowerCase())?.value ?? "";
}

module.exports = {
  pages,
  all,
  describe,
  listDomains,
  listUsers,
  listGroups,
  listGmailMessages,
  getGmailMessage,
  listDriveFiles,
  listCalendarEvents,
  headerOf,
};
