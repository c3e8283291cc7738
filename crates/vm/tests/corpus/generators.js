// Generators and async generators that live across awaits.
export default async function generators() {
  const out = [];
  function* counter(from) { try { while (true) { const step = yield from; from += step ?? 1; } } finally { out.push("counter closed"); } }
  const it = counter(10);
  out.push(it.next().value);
  await tools.keystore.set("gen", "a", 1);
  out.push(it.next(5).value);
  async function* pages(limit) {
    for (let page = 0; page < limit; page++) {
      await tools.keystore.set("gen", "page", page);
      const answer = yield { page, stored: await tools.keystore.get("gen", "page") };
      if (answer) out.push("told " + answer);
    }
    return "done";
  }
  for await (const page of pages(3)) out.push(page);
  const manual = pages(5);
  out.push(await manual.next(), await manual.next("hello"), await manual.return("enough"), await manual.next());
  const own = { n: 0, [Symbol.asyncIterator]() { return this; }, async next() { this.n++; await tools.keystore.get("gen", "a"); return { value: this.n, done: this.n > 2 }; }, async return() { out.push("never"); return {}; } };
  for await (const x of own) out.push(x);
  for await (const x of [tools.keystore.get("gen", "a"), 2, Promise.resolve(3)]) out.push(x);
  async function* both() { yield* [1, 2]; yield* pages(1); }
  for await (const x of both()) { out.push(x); if (x === 2) break; }
  out.push(it.return(99), [...(function* () { yield* [1, 2, 3]; })()]);
  const lazy = counter(0).take(3).map((x) => x * 2);
  await tools.keystore.get("gen", "a");
  out.push(lazy.toArray());
  return out;
}
