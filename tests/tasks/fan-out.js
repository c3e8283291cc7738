/**
 * Makes many calls and nested tasks at once.
 * @param {string} input.ns
 * @param {integer} input.calls
 * @param {integer} input.nested
 */
export async function runTask({ ns, calls, nested }, tools) {
    const numbers = (count) => Array.from({ length: count }, (_, i) => i);
    const [set, doubled] = await Promise.all([
        Promise.all(numbers(calls).map((i) => tools.keystore.set(ns, `key-${i}`, i))),
        Promise.all(numbers(nested).map((n) => tools.tasks.execute("double", { n }))),
    ]);
    const back = await Promise.all(numbers(calls).map((i) => tools.keystore.get(ns, `key-${i}`)));
    return {
        created: set.filter((answer) => answer.created).length,
        inOrder: back.every((value, i) => value === i) && doubled.every((value, i) => value === 2 * i),
        keys: (await tools.keystore.list(ns)).length,
    };
}
