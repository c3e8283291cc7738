/**
 * Makes a few calls, then sleeps until a nested task has passed the gate.
 * @param {string} input.ns
 */
module.exports = async function execute({ ns }) {
    const state = new Map();
    for (let i = 0; i < 5; i++) {
        await tools.keystore.set(ns, `before-${i}`, i);
        state.set(i, { squared: i * i, random: Math.random() });
    }
    const drawn = [...state.values()].map((entry) => entry.random);
    const gate = await tools.tasks.execute("gate", { ns });
    const kept = [...state.values()].map((entry) => entry.random);
    const sum = [...state.values()].reduce((sum, entry) => sum + entry.squared, 0);
    return { gate, sum, same: drawn.every((value, i) => value === kept[i]), keys: await tools.keystore.list(ns) };
};
