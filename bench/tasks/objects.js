/**
 * Sleeps with so many small objects alive.
 * @param {integer} input.objects
 */
module.exports = async function execute({ objects }) {
    const alive = Array.from({ length: objects }, (_, id) => ({ id, name: `item ${id}`, done: id % 2 === 0, tags: ["a", "b"] }));
    await tools.tasks.execute("wait", {});
    return alive.length;
};
