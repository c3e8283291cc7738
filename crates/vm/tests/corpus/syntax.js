// Awaits inside of expressions: destructuring, defaults, templates, spreads, optional chains, tags.
const state = { calls: 0 };
const get = async (key) => { state.calls++; return tools.keystore.get("syn", key); };
const tag = (strings, ...values) => ({ raw: strings.raw.join("|"), values });
const cache = new Map(); const same = (strings) => { const first = cache.has(strings); cache.set(strings, true); return first; };
export const runTask = async ({ a = 1, list = [1, 2, 3], ...rest } = {}, tools) => {
  await tools.keystore.set("syn", "obj", { x: 1, y: [2, { z: 3 }], missing: undefined, when: new Date(0) });
  const { x, y: [first, { z, w = await get("none") }], ...others } = await get("obj");
  const [p, , q = await get("none"), ...tail] = [await get("obj"), 1, undefined, ...list];
  const o = { [`k${(await get("obj")).x}`]: await get("none"), ...(await get("obj")), get lazy() { return state.calls; } };
  const t = tag`a${await get("none")}b\n${1 + (await get("obj")).x}`;
  const tags = []; for (let i = 0; i < 2; i++) { tags.push(same`once`); await get("none"); }
  const sum = (await get("obj")).x + (await get("obj"))?.y?.[1]?.z - (await get("none")?.then?.((v) => v ?? 2));
  const conditional = (await get("none")) ? "yes" : ((await get("none")) ?? "default") || "never";
  let n = 1; n += await get("obj").then((v) => v.y[0]); n **= (await get("obj")).y[0]; n ??= 5;
  const iife = await (async function named(depth) { return depth ? [depth, await arguments.callee?.length, await named(depth - 1)] : await get("none"); }).call(null, 2).catch((e) => e.name);
  const arrow = await ((...args) => Promise.all(args.map(async (v) => [v, await get("none")])))(1, 2);
  const comma = (await get("none"), await get("obj")).x; const date = new (await Promise.resolve(Date))(5).getTime();
  return { a, list, rest, x, first, z, w, others, p: p.x, q, tail, o, t, tags, sum, conditional, n, iife, arrow, comma, date, calls: state.calls };
};
