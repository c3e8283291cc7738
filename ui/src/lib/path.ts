// Paths of calls in a run: `0` is the root, `0.3` its third call, `0.3.1` the first call of the nested task that this began.

export type Path = number[];

export const parsePath = (text: string): Path => text.split(".").map(Number);

/** In the order in which a task reads: a call, and then what it began. */
export function comparePaths(one: Path, other: Path): number {
  const both = Math.min(one.length, other.length);
  for (let at = 0; at < both; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference) return difference;
  }
  return one.length - other.length;
}

/** Puts what is sorted into what is sorted; of two at one place the newer stays. */
export function merge<T extends { path: Path }>(old: T[], fresh: T[]): T[] {
  const lastOld = old.at(-1);
  const firstFresh = fresh[0];
  if (!lastOld || !firstFresh) return old.length ? old : fresh;
  if (comparePaths(lastOld.path, firstFresh.path) < 0) return old.concat(fresh);
  const all: T[] = [];
  let [a, b] = [0, 0];
  for (;;) {
    const [one, other] = [old[a], fresh[b]];
    if (!one && !other) return all;
    const order = !one ? 1 : !other ? -1 : comparePaths(one.path, other.path);
    if (order <= 0) a += 1;
    if (order >= 0) b += 1;
    const next = order < 0 ? one : other;
    if (next) all.push(next);
  }
}
