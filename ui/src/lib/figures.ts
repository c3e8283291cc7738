// The figures that the app has for Prometheus.

import { request } from "./api";

export interface Figure {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Record<string, string> = { "\\n": "\n", '\\"': '"', "\\\\": "\\" };

export async function figures(signal: AbortSignal): Promise<Figure[]> {
  const text = await (await request("/metrics", [], { signal })).text();
  return parse(text);
}

export function parse(text: string): Figure[] {
  const found: Figure[] = [];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    if (!name) continue;
    const pairs = [...labels.matchAll(LABEL)].map(([, label, text = ""]) => [label, text.replace(/\\[n"\\]/g, (escape) => ESCAPES[escape] ?? escape)]);
    found.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return found;
}

/** The value of one, or of all with these labels together. */
export function sum(figures: Figure[], name: string, labels: Record<string, string> = {}): number {
  const fits = (figure: Figure) => figure.name === name && Object.entries(labels).every(([label, value]) => figure.labels[label] === value);
  return figures.filter(fits).reduce((total, figure) => total + figure.value, 0);
}
