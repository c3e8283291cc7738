// Deep recursion of async functions, and recursion that forks.
export default async function recursion() {
  const deep = async (n) => (n === 0 ? await tools.keystore.set("r", "leaf", "leaf") : 1 + (await deep(n - 1)));
  const depth = await deep(60);
  const tree = async (path) => path.length === 3 ? [path, await tools.keystore.get("r", "leaf")] : Promise.all(["l", "r"].map((side) => tree(path + side)));
  const leaves = (await tree("")).flat(2);
  const memo = new Map();
  const fib = async (n) => { if (n < 2) return n; if (!memo.has(n)) memo.set(n, (await fib(n - 1)) + (await fib(n - 2)) + ((await tools.keystore.get("r", "none")) ?? 0)); return memo.get(n); };
  return { depth, leaves, fib: await fib(15) };
}
