/**
 * @description Greets someone.
 * @param {object} input
 * @param {string} input.name
 */
export default async function greet({ name }) {
  const greeting = (await tools.keystore.get("greetings", "en")) ?? "Hello";
  return [`${greeting}, ${name}`];
}
