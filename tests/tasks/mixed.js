/**
 * A load with a result that can be foretold: calls one after the other, timers, calls at once, and nested
 * tasks that do the same a level down. Every call sets a key of its own.
 * @param {string} input.ns - a namespace that no other run uses
 * @param {integer} input.steps
 * @param {integer} input.width
 * @param {integer} input.depth
 */
module.exports = async function execute({ ns, steps, width, depth }, context) {
    const here = `${ns}/${context.run.frame}`;
    const numbers = (count) => Array.from({ length: count }, (_, i) => i + 1);
    let sum = 0;
    for (const i of numbers(steps)) {
        await tools.keystore.set(here, `step-${i}`, i);
        sum += await tools.keystore.get(here, `step-${i}`);
        const late = setTimeout(() => { throw new Error("it was cleared"); }, 600_000);
        const until = Date.now() + 40 * i;
        await tools.sleep(new Date(until));
        clearTimeout(late);
        if (Date.now() < until) throw new Error("it woke too early");
        const atOnce = await Promise.all(numbers(width).map(async (n) => {
            await tools.keystore.set(here, `wide-${i}-${n}`, n);
            return tools.keystore.get(here, `wide-${i}-${n}`);
        }));
        sum += atOnce.reduce((a, b) => a + b, 0);
        if (depth > 0) {
            const below = { ns, steps, width, depth: depth - 1 };
            const [one, other] = await Promise.all([
                tools.tasks.execute("mixed", below),
                tools.tasks.execute("mixed", below),
                tools.keystore.set(here, `beside-${i}`, i),
            ]);
            sum += one + other;
        }
    }
    try {
        await tools.tasks.execute("double", { n: "not a number" });
    } catch (error) {
        if (error.code === "input_invalid") sum += 1;
    }
    return sum;
};
