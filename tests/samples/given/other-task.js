/** @task other-task */
export default async function otherTask(input) {
  return input;
}
