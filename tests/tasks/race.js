/**
 * The winners return; the losers are still out when the task ends.
 * @param {string} input.ns
 */
module.exports = async function execute({ ns }) {
    const never = () => tools.tasks.execute("gate", { ns });
    const first = await Promise.race([never(), tools.tasks.execute("double", { n: 4 })]);
    const any = await Promise.any([tools.tasks.execute("no-such-task"), never(), tools.keystore.set(ns, "any", 1)]);
    const settled = await Promise.allSettled([
        tools.tasks.execute("double", { n: "four" }),
        tools.tasks.execute("no-such-task", {}),
        tools.keystore.get(ns),
        tools.keystore.fetch(ns, "x"),
        tools.weather.today(),
        tools.tasks.cancel("x"),
        tools.keystore.get(ns, "any"),
    ]);
    return { first, any, settled: settled.map(({ value, reason }) => reason?.code ?? value) };
};
