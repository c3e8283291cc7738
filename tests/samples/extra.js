/** @task extra */
export default async function extra() {
  return "more";
}
