/** @task bill */
export default async function bill({ id }) {
  return { bill: id };
}
