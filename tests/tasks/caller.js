/** Makes the calls of its input side by side, each by its name, and tells what came of each. */
module.exports = async function caller({ calls }, { tools }) {
  return Promise.all(
    calls.map(async ([name, ...args]) => {
      const path = name.split(".");
      const parent = path.slice(0, -1).reduce((object, part) => object[part], tools);
      try {
        return { value: (await parent[path.at(-1)](...args)) ?? null };
      } catch ({ name, message, status, code, body }) {
        return { error: { name, message, status, code, body } };
      }
    }),
  );
};
