/**
 * Lists the domains of a Google Workspace account and, if asked, runs another task in between: service calls and nested tasks side
 * by side in one task.
 *
 * @task gapi-list-domains-with-nested
 * @description Lists the domains of a Google Workspace account, with a nested task call
 * @param {object} input - Input parameters
 * @param {string} [input.customer="my_customer"] - The account's customer id
 * @param {boolean} [input.includeStats=false] - Also run module-diagnostic and return what it says
 * @param {Tasker.Context} context - Tools, console, modules and the run
 * @returns {Promise<object>} The domains, and the stats if they were asked for
 */
module.exports = async function execute(input, context) {
  const { customer = "my_customer", includeStats = false } = input ?? {};
  const { tools, console } = context;

  // Not needed for the call below, which asks for what it needs: but it tells at once whether the credentials work.
  const scopes = ["https://www.googleapis.com/auth/admin.directory.domain.readonly"];
  const authResult = await tools.gapi.authenticate(scopes);
  console.log(`authenticated until ${authResult.expiresAt ?? "an unknown time"}`);

  const { domains = [] } = await tools.gapi.admin.directory.domains.list({ customer });
  console.log(`${domains.length} domains`);
  if (!includeStats) {
    return { domains };
  }

  // This task sleeps in the database until the nested one is done.
  const stats = await tools.tasks.execute("module-diagnostic", { checkGlobalScope: true });
  return { domains, stats };
};
