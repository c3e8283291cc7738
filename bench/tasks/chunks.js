/**
 * Makes many calls, a chunk of them at once.
 * @param {string} input.ns
 * @param {integer} input.chunks
 * @param {integer} input.size
 */
module.exports = async function execute({ ns, chunks, size }) {
    let made = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
        const answers = await Promise.all(Array.from({ length: size }, (_, i) => tools.keystore.get(ns, `key-${i}`)));
        made += answers.length;
    }
    return made;
};
