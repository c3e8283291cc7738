// How times, sizes and values are written.

const UNITS: [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1_000, "s"],
];

/** A duration in at most two units: `1 h 20 min`, `3.4 s`, `12 ms`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const at = UNITS.findIndex(([size]) => ms >= size);
  const [size, unit] = UNITS[at] ?? [1_000, "s"];
  const [lesser, lesserUnit] = UNITS[at + 1] ?? [1_000, "s"];
  const whole = Math.floor(ms / size);
  const rest = Math.floor((ms - whole * size) / lesser);
  return rest && whole < 10 ? `${whole} ${unit} ${rest} ${lesserUnit}` : `${whole} ${unit}`;
}

/** How far a moment is from now: `3 min ago`, `in 2 d`. Clocks of two machines differ a little. */
export function relative(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 5_000) return ms > 1_500 ? "in a moment" : "just now";
  const whole = Math.abs(ms) < 60_000 ? Math.floor(Math.abs(ms) / 1_000) * 1_000 : Math.abs(ms);
  const [size, unit] = UNITS.find(([size]) => whole >= size) ?? [1_000, "s"];
  const said = `${Math.floor(whole / size)} ${unit}`;
  return ms > 0 ? `in ${said}` : `${said} ago`;
}

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

export const exact = (at: number | string) => EXACT.format(new Date(at));

/** The end of time: a wait without an end has it as its moment. */
export const isNever = (at: string) => at.startsWith("9999");

export function bytes(count: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let at = 0;
  while (count >= 1_024 && at < units.length - 1) {
    count /= 1_024;
    at += 1;
  }
  return `${at ? count.toFixed(count < 10 ? 1 : 0) : count} ${units[at]}`;
}

const NUMBER = new Intl.NumberFormat();

export const number = (count: number) => NUMBER.format(count);

/** One that is long is cut; the whole is elsewhere. */
export const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

/** The end of an id tells runs apart that began in one second. */
export const shortId = (id: string) => `${id.slice(0, 8)}…${id.slice(-4)}`;

export const shortVersion = (version: string) => version.slice(0, 12);

export const plural = (count: number, one: string, more = `${one}s`) => `${number(count)} ${count === 1 ? one : more}`;
