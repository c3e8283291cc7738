// Pending chains and every combinator.
module.exports = { async execute(input, { tools }) {
  const k = tools.keystore; const log = [];
  await Promise.all([1, 2, 3].map((n) => k.set("p", "k" + n, n)));
  const all = await Promise.all([k.get("p", "k1"), k.get("p", "k2").then((x) => x * 10), 7, Promise.resolve(8)]);
  const settled = (await Promise.allSettled([k.get("p", "k1"), k.bad("x"), Promise.reject(new TypeError("t"))])).map((s) => [s.status, s.value ?? s.reason.name]);
  const race = await Promise.race([k.get("p", "k1"), new Promise(() => {})]);
  const any = await Promise.any([k.bad(), k.get("p", "k2")]);
  let none; try { await Promise.any([k.bad(), k.worse()]); } catch (error) { none = [error.name, error.errors.length, error.errors.map((e) => e.code)]; }
  const chain = k.get("p", "k1").then((x) => { log.push("one " + x); return k.get("p", "k2"); }).then((x) => { log.push("two " + x); throw new Error("three"); }).catch((e) => { log.push(e.message); return k.get("p", "k3"); }).finally(() => k.set("p", "k9", 9));
  const side = k.get("p", "k1").then((x) => { log.push("side " + x); });
  const value = await chain; await side;
  const { promise, resolve } = Promise.withResolvers();
  k.get("p", "k9").then(resolve);
  const thenable = await { then(done) { k.get("p", "k1").then((x) => done(x + 0.5)); } };
  const all2 = await Promise.all(Array.from({ length: 20 }, async (_, i) => { await k.set("q", "k" + i, i); return (await k.get("q", "k" + i)) * 2; }));
  return { all, settled, race, any, none, value, late: await promise, thenable, log: log.sort(), all2 };
} };
