/**
 * Makes calls one after the other.
 * @param {string} input.ns
 * @param {integer} input.steps
 */
module.exports = async function execute({ ns, steps }) {
    let made = 0;
    for (let i = 0; i < steps; i++) {
        await tools.keystore.set(ns, "key", i);
        made++;
    }
    return made;
};
