/**
 * @task report
 * @param {object} input
 * @param {string} [input.month] - As in 2026-01
 */
export default async function report({ month = "2026-01" }) {
  const [year, number] = month.split("-").map(Number);
  const rows = new Date(Date.UTC(year, number, 0)).getUTCDate();
  console.log(`${rows} rows for ${month}`);
  return { rows };
}
