/**
 * Looks until the key `gate` of a namespace is set, and gives its value: a run that stays alive
 * for as long as the test wants.
 * @param {string} input.ns
 */
module.exports = async function execute({ ns }) {
    for (;;) {
        const value = await tools.keystore.get(ns, "gate");
        if (value !== null) return value;
    }
};
