// Shared variables, counters, bound functions, module state, getters, proxies and `arguments` across awaits.
let moduleState = 0; const listeners = [];
const on = (f) => { listeners.push(f); return () => listeners.splice(listeners.indexOf(f), 1); };
const bump = async () => { moduleState += 1; await tools.keystore.set("clo", "m", moduleState); for (const f of listeners) await f(moduleState); };
export default async function closures() {
  const heard = []; const off = on(async (n) => { heard.push(n, await tools.keystore.get("clo", "m")); }); on((n) => heard.push(-n));
  await bump(); await bump(); off(); await bump();
  let shared = 0; const add = (n) => async () => { const before = shared; await tools.keystore.get("clo", "m"); shared = before + n; };
  await Promise.all([add(1)(), add(10)(), add(100)()]); const lost = shared;
  const access = []; const proxy = new Proxy({ a: 1 }, { get(t, k, r) { access.push(String(k)); return Reflect.get(t, k, r); }, has: (t, k) => k === "magic" || k in t });
  await tools.keystore.get("clo", "m"); const magic = ["magic" in proxy, "a" in proxy, proxy.a, "b" in proxy];
  const obj = { v: 1, get twice() { return this.v * 2; }, async bump() { await tools.keystore.get("clo", "m"); this.v++; return this.twice; } };
  function legacy() { const args = arguments; return (async () => { await null; await tools.keystore.get("clo", "m"); return [...args, args.length]; })(); }
  const compose = (...fs) => (x) => fs.reduce(async (acc, f) => f(await acc), x);
  const piped = await compose((x) => x + 1, async (x) => x * (await tools.keystore.get("clo", "m")), String)(4);
  const made = Function("n", "return n * 2"); await tools.keystore.get("clo", "m");
  const evaluated = eval("(() => { let hidden = 5; return () => ++hidden })()"); evaluated(); await tools.keystore.get("clo", "m");
  return { heard, lost, access, magic, legacy: await legacy(1, "two"), twice: await obj.bump(), piped, made: made(21), evaluated: evaluated(), moduleState };
}
