// The virtual clock and the random sequence: part of a task's inputs, the same in a replay.
module.exports = async (input, context) => {
  const draws = [Math.random(), Math.random()]; const times = [Date.now(), new Date().toISOString(), performance.now()];
  const snap = () => { draws.push(Math.random()); times.push(Date.now(), performance.now()); };
  for (let i = 0; i < 4; i++) { await tools.keystore.set("in", "k", i); snap(); console.log("step", i, { i }); tools.log("tick", new Date()); }
  await Promise.all([tools.keystore.get("in", "a").then(snap), tools.keystore.get("in", "b").then(snap)]);
  const unique = new Set(draws).size === draws.length && draws.every((x) => x >= 0 && x < 1);
  return { draws, times, unique, run: context.run, monotonic: times.filter((t) => typeof t === "number" && t > 1e6).every((t, i, all) => i === 0 || t >= all[i - 1]) };
};
