/** @task summary */
export default async function summary({ day }) {
  return `What happened on ${day}`;
}
