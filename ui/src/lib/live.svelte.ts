// What is shown is asked for again and again, while somebody looks.

import { asProblem, type Problem } from "./api";
import { session } from "./session.svelte";

/** How long after a failure it is tried again. */
const AGAIN_MS = 2_000;

/** Something that the app tells, kept fresh. */
export class Live<T> {
  data = $state.raw<T>();
  error = $state.raw<Problem>();
  /** When it was last told. */
  at = $state(0);
  #wake: (() => void) | undefined;
  #once = false;

  constructor(private readonly everyMs = 2_000) {}

  /** Asks until the answer is called. What was known of something else is forgotten first, unless `keep` says so. */
  follow(load: (signal: AbortSignal) => Promise<T>, keep = false): () => void {
    const stop = new AbortController();
    if (!keep) this.data = undefined;
    this.error = undefined;
    void this.#run(load, stop.signal);
    return () => {
      stop.abort();
      this.#wake?.();
    };
  }

  /** Asks at once. */
  refresh() {
    this.#once = true;
    this.#wake?.();
  }

  async #run(load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal) {
    while (!signal.aborted) {
      this.#once = false;
      try {
        const data = await load(signal);
        if (signal.aborted) return;
        this.data = data;
        this.error = undefined;
        this.at = Date.now();
      } catch (error) {
        if (signal.aborted) return;
        this.error = asProblem(error);
      }
      if (!this.#once) await this.#pause(this.error ? Math.max(AGAIN_MS, this.everyMs) : this.everyMs, signal);
    }
  }

  /** Waits until it is time and the page is visible, or until it is woken. */
  async #pause(ms: number, signal: AbortSignal) {
    await new Promise<void>((resolve) => {
      const over = () => {
        if (document.hidden && !signal.aborted && !this.#once) return;
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", over);
        resolve();
      };
      const timer = setTimeout(() => {
        if (!document.hidden && session.who) over();
        else document.addEventListener("visibilitychange", over);
      }, ms);
      this.#wake = over;
    });
  }
}

/** The time, for what says how long ago something was. */
class Clock {
  now = $state(Date.now());

  constructor() {
    setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 1_000);
  }
}

export const clock = new Clock();
