// The calls of a run as rows of its timeline.

import type { JournalEntry, StackEntry } from "./api";
import { cut } from "./format";
import { compact } from "./pretty";
import { parsePath, type Path } from "./path";

export interface Row {
  key: string;
  path: Path;
  label: string;
  /** What the call was made with, in short. */
  about: string;
  begin: number;
  /** `undefined` while it goes on. */
  end?: number;
  state: "done" | "failed" | "waiting" | "running";
  attempts: number;
  /** When attempts failed. */
  ticks: number[];
  /** Whether it is a nested task. */
  nested: boolean;
  /** Whether it does nothing itself: a timer, an event, a nested task. */
  waits: boolean;
  /** The entry, unless it is so large that it is asked for when somebody looks. */
  entry?: JournalEntry;
  /** The page of the journal that has it. */
  page?: { cursor?: string; limit: number };
  live?: StackEntry;
}

/** The services of calls that only wait. */
const WAITS = ["timer", "event", "tasks"];
/** Larger entries are not kept. */
const KEPT_CHARS = 6_000;
const ABOUT_CHARS = 120;

/** A row of a settled call; `size` is that of the entry as text. */
export function settled(entry: JournalEntry, page?: Row["page"]): Row {
  const key = `${entry.frame}.${entry.call}`;
  const row: Row = {
    key,
    path: parsePath(key),
    label: label(entry.service, entry.method, entry.args),
    about: about(entry.service, entry.args),
    begin: Date.parse(entry.startedAt),
    end: Date.parse(entry.finishedAt),
    state: entry.error ? "failed" : "done",
    attempts: entry.attempts,
    ticks: (entry.failures ?? []).map((failure) => Date.parse(failure.finishedAt)),
    nested: entry.service === "tasks",
    waits: WAITS.includes(entry.service),
  };
  if (!page || (compact(entry)?.length ?? Infinity) <= KEPT_CHARS) row.entry = entry;
  else row.page = page;
  return row;
}

/** A row of what goes on; `undefined` for a root, which is the run itself. */
export function going(live: StackEntry): Row | undefined {
  const path = parsePath(live.path);
  if (path.length < 2) return undefined;
  return {
    key: live.path,
    path,
    label: label(live.service, live.method, live.args),
    about: about(live.service, live.args),
    begin: Date.parse(live.createdAt),
    state: live.status === "processing" ? "running" : "waiting",
    attempts: live.attempt + 1,
    ticks: (live.failures ?? []).map((failure) => Date.parse(failure.finishedAt)),
    nested: live.kind === "frame",
    waits: WAITS.includes(live.service) || live.status !== "processing",
    live,
  };
}

function label(service: string, method: string[], args: unknown): string {
  const [first] = Array.isArray(args) ? args : [];
  if (service === "tasks") return typeof first === "string" ? cut(first, 140) : "tasks";
  if (service === "timer") return method[0] === "sleep" ? "sleep" : method.join(".");
  if (service === "event") return "waitForEvent";
  return cut([service, ...method].join("."), 160);
}

function about(service: string, args: unknown): string {
  const list = Array.isArray(args) ? args : [];
  if (service === "timer") return "";
  const shown = service === "tasks" ? list.slice(1) : service === "event" ? list.slice(0, 1) : list;
  return cut(shown.map((value) => short(value)).join(", "), ABOUT_CHARS);
}

/** Of a large or deep value no more than is shown is written out. */
function short(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(cut(value, ABOUT_CHARS));
  if (value && typeof value === "object" && depth === 3) return "…";
  if (Array.isArray(value)) {
    const items = value.slice(0, 3).map((item) => short(item, depth + 1));
    return `[${items.join(", ")}${value.length > 3 ? ", …" : ""}]`;
  }
  if (value && typeof value === "object") {
    const members: string[] = [];
    for (const name in value) {
      if (members.length === 4) {
        members.push("…");
        break;
      }
      members.push(`${cut(name, 40)}: ${short((value as Record<string, unknown>)[name], depth + 1)}`);
    }
    return `{${members.join(", ")}}`;
  }
  return String(value);
}
