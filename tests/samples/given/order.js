/** @task order */
export default async function order({ customer, text }) {
  return `${customer}: ${text}`;
}
