/**
 * Makes the same call again and again, one after the other.
 * @param {string} input.method
 * @param {array} input.args
 * @param {integer} input.calls
 */
module.exports = async function execute({ method, args, calls }) {
    const path = method.split(".");
    const parent = path.slice(0, -1).reduce((object, name) => object[name], tools);
    let made = 0;
    for (let i = 0; i < calls; i++) {
        await parent[path.at(-1)](...args);
        made++;
    }
    return made;
};
