/** @task report */
export default async function report({ month }) {
  const sums = require("./totals");
  return sums(month);
}
