/** Looks for a key until it is there. */
module.exports = async function execute() {
    while ((await tools.keystore.get("wait", "key")) === null);
};
