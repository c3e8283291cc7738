// Awaits in every kind of loop, with labels.
module.exports = async function execute(input, context) {
  const { keystore } = context.tools;
  const seen = [];
  for (let i = 0; i < 3; i++) { await keystore.set("loops", `k${i}`, i * i); seen.push(i); }
  for (const key of await keystore.list("loops")) seen.push(await keystore.get("loops", key));
  const bag = { a: 1, b: 2 };
  for (const name in bag) seen.push(name + (await keystore.get("loops", "k1")));
  let n = 0;
  while ((await keystore.get("loops", "k" + n)) !== null) n++;
  do { n--; await keystore.delete("loops", "k" + n); } while (n > 1);
  outer: for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      if (j === 1) continue outer;
      if (i === 2) break outer;
      seen.push([i, j, await keystore.get("loops", "k0")]);
    }
  }
  const closures = [];
  for (let i = 0; i < 3; i++) { await keystore.get("loops", "x"); closures.push(() => i); }
  switch (await keystore.get("loops", "k0")) {
    case 0: seen.push("zero"); await keystore.get("loops", "k0"); // falls through
    case 1: seen.push("one"); break;
    default: seen.push("never");
  }
  return { seen, n, closures: closures.map((f) => f()) };
};
