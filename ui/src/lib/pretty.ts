// JSON for people, as much of it as is looked at. However large, deep or wide a value is, no more is done than is shown.

/** Deeper values are not laid out in lines: their indentation alone would be endless. */
const DEEPEST = 40;

/** The beginning of a value as text, and whether that is all of it. */
export function pretty(value: unknown, most: number): { text: string; whole: boolean } {
  const parts: string[] = [];
  let left = most;
  let whole = true;

  /** Answers whether there is room for more. */
  function put(text: string): boolean {
    if (text.length > left) whole = false;
    if (left > 0) parts.push(text.slice(0, left));
    left -= text.length;
    return whole;
  }

  function write(value: unknown, indent: string): boolean {
    if (typeof value === "string") return put(JSON.stringify(value.slice(0, Math.max(0, left) + 1)));
    if (value === null || typeof value !== "object") return put(value === undefined ? "undefined" : JSON.stringify(value));
    const names = Array.isArray(value) ? undefined : Object.keys(value);
    const count = names ? names.length : (value as unknown[]).length;
    const [open, close] = names ? "{}" : "[]";
    if (!count) return put(`${open}${close}`);
    if (indent.length >= DEEPEST * 2) return put(compact(value) ?? "(too deep to be shown)");
    const inner = `${indent}  `;
    if (!put(`${open}\n`)) return false;
    for (let at = 0; at < count; at += 1) {
      const name = names?.[at];
      const member = name === undefined ? (value as unknown[])[at] : (value as Record<string, unknown>)[name];
      if (!put(name === undefined ? inner : `${inner}${JSON.stringify(name)}: `)) return false;
      if (!write(member, inner) || !put(at + 1 < count ? ",\n" : "\n")) return false;
    }
    return put(`${indent}${close}`);
  }

  write(value, "");
  return { text: parts.join(""), whole };
}

/** A value in one line; `undefined` if it is nested deeper than can be written. */
export function compact(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? "undefined";
  } catch {
    return undefined;
  }
}
