(function (native) {
  "use strict";

  // What an event is while it is being dispatched, which only this file may change.
  let change;

  class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #target = null;
    #dispatched = false;
    #prevented = false;
    #passive = false;
    #stopped = false;
    #time = Date.now();

    static {
      change = {
        begin(event, target) {
          if (event.#dispatched) throw new DOMException("the event is being dispatched already", "InvalidStateError");
          event.#dispatched = true;
          event.#target = target;
        },
        passive(event, passive) { event.#passive = passive; },
        stopped: (event) => event.#stopped,
        end(event) {
          event.#dispatched = event.#stopped = false;
          return !event.#prevented;
        },
      };
    }

    constructor(type, options = {}) {
      if (arguments.length === 0) throw new TypeError("Event: a type is missing");
      this.#type = `${type}`;
      this.#bubbles = Boolean(options?.bubbles);
      this.#cancelable = Boolean(options?.cancelable);
      this.#composed = Boolean(options?.composed);
    }

    get type() { return this.#type; }
    get target() { return this.#target; }
    get srcElement() { return this.#target; }
    get currentTarget() { return this.#dispatched ? this.#target : null; }
    get eventPhase() { return this.#dispatched ? Event.AT_TARGET : Event.NONE; }
    get bubbles() { return this.#bubbles; }
    get cancelable() { return this.#cancelable; }
    get composed() { return this.#composed; }
    get defaultPrevented() { return this.#prevented; }
    get returnValue() { return !this.#prevented; }
    get cancelBubble() { return this.#stopped; }
    get isTrusted() { return false; }
    get timeStamp() { return this.#time; }
    composedPath() { return this.#dispatched ? [this.#target] : []; }
    preventDefault() { if (this.#cancelable && !this.#passive) this.#prevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this.#stopped = true; }

    static get NONE() { return 0; }
    static get CAPTURING_PHASE() { return 1; }
    static get AT_TARGET() { return 2; }
    static get BUBBLING_PHASE() { return 3; }
    get NONE() { return 0; }
    get CAPTURING_PHASE() { return 1; }
    get AT_TARGET() { return 2; }
    get BUBBLING_PHASE() { return 3; }
  }

  class CustomEvent extends Event {
    #detail;
    constructor(type, options = {}) {
      super(type, options);
      this.#detail = options?.detail ?? null;
    }
    get detail() { return this.#detail; }
  }

  class EventTarget {
    // By type, the listeners in their order: { listener, capture, once, passive, removed }.
    #listeners = new Map();

    addEventListener(type, listener, options = {}) {
      if (listener === null || listener === undefined) return;
      if (typeof listener !== "function" && typeof listener !== "object") {
        throw new TypeError("addEventListener: the listener is neither a function nor an object");
      }
      const { once = false, passive = false, signal } = typeof options === "object" && options !== null ? options : {};
      const capture = captures(options);
      if (signal?.aborted) return;
      const of = this.#listeners.get(`${type}`) ?? [];
      if (of.some((entry) => entry.listener === listener && entry.capture === capture)) return;
      this.#listeners.set(`${type}`, [...of, { listener, capture, once: Boolean(once), passive: Boolean(passive), removed: false }]);
      signal?.addEventListener("abort", () => this.removeEventListener(type, listener, { capture }), { once: true });
    }

    removeEventListener(type, listener, options = {}) {
      const capture = captures(options);
      const of = this.#listeners.get(`${type}`) ?? [];
      const left = of.filter((entry) => {
        const found = entry.listener === listener && entry.capture === capture;
        if (found) entry.removed = true;
        return !found;
      });
      if (left.length > 0) this.#listeners.set(`${type}`, left);
      else this.#listeners.delete(`${type}`);
    }

    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError("dispatchEvent: the argument is no Event");
      change.begin(event, this);
      for (const entry of this.#listeners.get(event.type) ?? []) {
        if (entry.removed) continue;
        if (change.stopped(event)) break;
        if (entry.once) this.removeEventListener(event.type, entry.listener, { capture: entry.capture });
        change.passive(event, entry.passive);
        try {
          if (typeof entry.listener === "function") entry.listener.call(this, event);
          else entry.listener.handleEvent(event);
        } catch (error) {
          // The other listeners are called all the same; nobody handles what this one threw.
          Promise.reject(error);
        }
        change.passive(event, false);
      }
      return change.end(event);
    }
  }

  const captures = (options) => Boolean(typeof options === "object" && options !== null ? options.capture : options);

  native.finish(Event, "Event");
  native.finish(CustomEvent, "CustomEvent");
  native.finish(EventTarget, "EventTarget");
  return { Event, CustomEvent, EventTarget };
})
