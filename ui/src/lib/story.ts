// Where a run is and why, in a sentence of parts.

import type { Inspection, Run, StackEntry } from "./api";
import { cut, duration } from "./format";

export interface Waits {
  path: string;
  /** What it waits for. */
  what: string;
  /** When that ends at the latest, or goes off. */
  until?: string;
  /** The place in the code. */
  at?: string;
  /** The event that it waits for. */
  event?: string;
}

/** What a run waits for: the calls that have no frame of their own, in the order of their paths. */
export function waits(stack: StackEntry[], inspection?: Inspection): Waits[] {
  const places = new Map<string, string>();
  for (const frame of inspection?.frames ?? []) {
    for (const call of frame.snapshot?.pendingCalls ?? []) {
      if (call.at) places.set(`${frame.path}.${call.call}`, call.at);
    }
  }
  return stack.filter((entry) => entry.kind === "call").map((entry) => ({ path: entry.path, at: places.get(entry.path), ...wait(entry) }));
}

function wait({ service, method, args, runAfter, status, attempt }: StackEntry): Pick<Waits, "what" | "until" | "event"> {
  const [first] = args as unknown[];
  if (service === "timer") return { what: "a timer", until: runAfter };
  if (service === "event") {
    const event = typeof first === "string" ? first : "";
    return { what: `the event “${cut(event, 120)}”`, until: runAfter, event };
  }
  const call = cut([service, ...method].join("."), 160);
  if (status === "processing") return { what: `the answer of ${call}` };
  return attempt ? { what: `attempt ${attempt + 1} of ${call}`, until: runAfter } : { what: call };
}

/** The beginning of the sentence; what it waits for comes after it. */
export function story(run: Run, now: number): string {
  const began = run.startedAt ? Date.parse(run.startedAt) : undefined;
  const took = began && run.finishedAt ? duration(Date.parse(run.finishedAt) - began) : "";
  if (run.stop && !run.finishedAt) {
    return run.stop.cause === "timeout" ? "Its time is up: its tasks may clean up." : "It is being cancelled: its tasks may clean up.";
  }
  switch (run.status) {
    case "queued":
      if (run.held) return "Waits for another run to end: the limit of runs at once is reached.";
      if (run.failures?.length) return `Waits for attempt ${run.attempt}.`;
      return run.runAt && Date.parse(run.runAt) > now ? "Waits for its time." : "Waits to be begun.";
    case "processing":
      return "Is being computed.";
    case "suspended":
      return "Asleep in the database";
    case "paused":
      return "Paused: nothing of it goes on until it is resumed.";
    case "completed":
      return took ? `Completed in ${took}.` : "Completed.";
    case "failed":
      return took ? `Failed after ${took}.` : "Failed.";
    case "cancelled":
      return took ? `Cancelled after ${took}.` : "Cancelled before it began.";
  }
}
