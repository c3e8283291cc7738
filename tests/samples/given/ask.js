/** @task ask */
export default async function ask() {
  return "an answer";
}
