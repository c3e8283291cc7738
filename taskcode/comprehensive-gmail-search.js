/**
 * Searches the mail of a whole Google Workspace account: finds its domains, the users of each, and in each mailbox the newest
 * messages that fit. What cannot be read is reported and does not stop the rest.
 *
 * Needs a service account with domain-wide delegation; docs/services/gapi.md says how to set it up.
 *
 * @task comprehensive-gmail-search
 * @description Searches Gmail across all domains and users of a Google Workspace account
 * @param {object} input - Input parameters
 * @param {string} [input.query="in:inbox"] - What to search for, as in Gmail's search box
 * @param {integer} [input.maxUsersPerDomain=5] - How many mailboxes of each domain to search
 * @param {integer} [input.maxResultsPerUser=3] - How many messages of each mailbox to return
 * @param {string} [input.customer="my_customer"] - The account's customer id
 * @param {integer} [input.concurrency=5] - How many domains or mailboxes to work on at a time
 * @param {Tasker.Context} context - Tools, console, modules and the run
 * @returns {Promise<object>} `{ query, summary: { domains, users, messages, failures }, domains: [{ domain, users: [{ user, messages }] }] }`;
 *   a domain or user that failed has `error: { message, code, status }`
 */
module.exports = async function execute(input, context) {
  const { query = "in:inbox", maxUsersPerDomain = 5, maxResultsPerUser = 3, customer = "my_customer", concurrency = 5 } = input ?? {};
  const { tools, console } = context;
  const { gmail, admin } = tools.gapi;
  /** @type {typeof import("./shared/gapi-helper")} */
  const { all, describe, headerOf, pages } = await context.tasks.require("./shared/gapi-helper");
  /** @type {typeof import("./shared/collections")} */
  const { mapLimit, sumBy } = await context.tasks.require("./shared/collections");

  for (const [name, value] of Object.entries({ maxUsersPerDomain, maxResultsPerUser, concurrency })) {
    if (!(value >= 1)) {
      throw new RangeError(`${name} must be 1 or more, not ${value}`);
    }
  }

  // 1. The domains. Without them there is nothing to report, so this may fail the run.
  console.log(`searching for ${JSON.stringify(query)}: discovering domains`);
  const found = await all(admin.directory.domains.list, { customer }, { items: "domains" });
  console.log(`found ${found.length} domains: ${found.map((domain) => domain.domainName).join(", ")}`);

  // 2. The users of each. Mailboxes that cannot be opened do not count.
  const domains = await mapLimit(found, concurrency, async ({ domainName: domain }) => {
    /** @type {{ domain: string, users: any[], error?: any }} */
    const result = { domain, users: [] };
    try {
      const params = { domain, orderBy: "email", maxResults: Math.min(100, maxUsersPerDomain * 2) };
      for await (const user of pages(admin.directory.users.list, params, { items: "users" })) {
        if (!user.suspended && !user.archived && user.isMailboxSetup !== false) {
          result.users.push({ user: user.primaryEmail, messages: [] });
        }
        if (result.users.length >= maxUsersPerDomain) {
          break;
        }
      }
      console.log(`${domain}: ${result.users.length} users to search`);
    } catch (error) {
      result.error = describe(error);
      console.warn(`${domain}: its users cannot be listed: ${result.error.message}`);
    }
    return result;
  });

  // 3. The messages of each. All domains together share the bound, so that a small domain does not hold up a large one.
  const mailboxes = domains.flatMap((domain) => domain.users);
  let searched = 0;
  await mapLimit(mailboxes, concurrency, async (mailbox) => {
    const { user } = mailbox;
    try {
      const params = { userId: user, q: query, maxResults: Math.min(500, maxResultsPerUser) };
      const hits = await all(gmail.users.messages.list, params, { items: "messages", limit: maxResultsPerUser, subject: user });
      mailbox.messages = await mapLimit(hits, 3, (hit) => read(user, hit.id));
    } catch (error) {
      mailbox.error = describe(error);
    }
    searched += 1;
    const outcome = mailbox.error ? `failed: ${mailbox.error.message}` : `${mailbox.messages.length} messages`;
    console[mailbox.error ? "warn" : "log"](`[${searched}/${mailboxes.length}] ${user}: ${outcome}`);
  });

  /** What is shown of a message. @param {string} user @param {string} id */
  async function read(user, id) {
    const params = { userId: user, id, format: "metadata", metadataHeaders: ["Date", "From", "Subject"] };
    const message = await gmail.users.messages.get(params, { subject: user });
    return {
      id: message.id,
      threadId: message.threadId,
      date: headerOf(message, "Date"),
      from: headerOf(message, "From"),
      subject: headerOf(message, "Subject"),
      snippet: message.snippet ?? "",
    };
  }

  // 4. The sum.
  const failures = [...domains, ...mailboxes].filter((part) => part.error).length;
  const summary = {
    domains: domains.length,
    users: mailboxes.length,
    messages: sumBy(mailboxes, (mailbox) => mailbox.messages.length),
    failures,
  };
  console.log(`${summary.messages} messages in ${summary.users} mailboxes of ${summary.domains} domains; ${failures} failures`);
  return { query, summary, domains };
};
