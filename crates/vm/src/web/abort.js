(function (native, group) {
  "use strict";
  const { Event, EventTarget } = group("events");

  // Only this file makes signals and aborts them.
  const inside = Symbol("inside");
  let abort;
  let follow;
  let isSignal;

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    #handler = null;
    // Signals that are aborted with this one.
    #dependents = [];
    // What other files do then, by its number.
    #steps = { __proto__: null };
    #numbers = 0;

    static {
      abort = (signal, reason) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
        const dependents = signal.#dependents;
        signal.#dependents = [];
        const steps = signal.#steps;
        signal.#steps = { __proto__: null };
        for (const number in steps) steps[number](signal.#reason);
        signal.dispatchEvent(new Event("abort"));
        for (const dependent of dependents) abort(dependent, signal.#reason);
      };
      follow = (signal, step) => {
        const number = ++signal.#numbers;
        signal.#steps[number] = step;
        return () => { delete signal.#steps[number]; };
      };
      isSignal = (value) => typeof value === "object" && value !== null && #reason in value;
    }

    constructor(token) {
      if (token !== inside) throw new TypeError("Illegal constructor");
      super();
    }

    static abort(reason) {
      const signal = new AbortSignal(inside);
      abort(signal, reason);
      return signal;
    }

    static timeout(milliseconds) {
      const signal = new AbortSignal(inside);
      const late = () => abort(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError"));
      native.setTimeout(late, milliseconds);
      return signal;
    }

    static any(signals) {
      const all = [...signals];
      if (!all.every((signal) => signal instanceof AbortSignal)) {
        throw new TypeError("AbortSignal.any: not all of these are signals");
      }
      const any = new AbortSignal(inside);
      const aborted = all.find((signal) => signal.aborted);
      if (aborted) abort(any, aborted.reason);
      else for (const signal of all) signal.#dependents.push(any);
      return any;
    }

    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    throwIfAborted() { if (this.#aborted) throw this.#reason; }

    get onabort() { return this.#handler; }
    set onabort(handler) {
      if (this.#handler) this.removeEventListener("abort", this.#handler);
      this.#handler = typeof handler === "function" ? handler : null;
      if (this.#handler) this.addEventListener("abort", this.#handler);
    }
  }

  class AbortController {
    #signal = new AbortSignal(inside);
    get signal() { return this.#signal; }
    abort(reason) { abort(this.#signal, reason); }
  }

  native.finish(AbortSignal, "AbortSignal");
  native.finish(AbortController, "AbortController");
  const never = () => new AbortSignal(inside);
  return { AbortController, AbortSignal, follow, isSignal, never };
})
