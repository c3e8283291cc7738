(function (native, group) {
  "use strict";
  const { wrong, outOfRange, needFunction } = group("arguments");

  const errorMonitor = Symbol("events.errorMonitor");
  const captureRejectionSymbol = Symbol.for("nodejs.rejection");
  // The listeners of an emitter, by the names of events.
  const all = new WeakMap();
  const limits = new WeakMap();
  let defaultLimit = 10;

  const of = (emitter) => {
    let listeners = all.get(emitter);
    if (listeners === undefined) all.set(emitter, listeners = new Map());
    return listeners;
  };
  const named = (emitter, name) => all.get(emitter)?.get(name) ?? [];

  const count = (value, name) => {
    if (!(typeof value === "number" && value >= 0)) throw outOfRange(name, "a non-negative number", value);
    return value;
  };

  // Also what old code inherits from without `class`, so that it may be called on any object.
  function EventEmitter() {}

  const add = (emitter, name, listener, first) => {
    needFunction(listener, "listener");
    if (named(emitter, "newListener").length > 0) emitter.emit("newListener", name, listener.listener ?? listener);
    const before = named(emitter, name);
    of(emitter).set(name, first ? [listener, ...before] : [...before, listener]);
    return emitter;
  };

  const onceOnly = (emitter, name, listener) => {
    needFunction(listener, "listener");
    const once = function (...given) {
      emitter.removeListener(name, once);
      return Reflect.apply(listener, emitter, given);
    };
    once.listener = listener;
    return once;
  };

  const unhandled = (given) => {
    const [error] = given;
    if (error instanceof Error) return error;
    const shown = native.inspect(error);
    const made = wrong("ERR_UNHANDLED_ERROR", `Unhandled error. (${typeof error === "string" ? `'${error}'` : shown})`, Error);
    made.context = error;
    return made;
  };

  const methods = {
    on(name, listener) { return add(this, name, listener, false); },
    prependListener(name, listener) { return add(this, name, listener, true); },
    once(name, listener) { return this.on(name, onceOnly(this, name, listener)); },
    prependOnceListener(name, listener) { return this.prependListener(name, onceOnly(this, name, listener)); },

    removeListener(name, listener) {
      needFunction(listener, "listener");
      const before = named(this, name);
      const at = before.findLastIndex((entry) => entry === listener || entry.listener === listener);
      if (at < 0) return this;
      const left = before.toSpliced(at, 1);
      if (left.length > 0) of(this).set(name, left);
      else of(this).delete(name);
      if (named(this, "removeListener").length > 0) this.emit("removeListener", name, before[at].listener ?? listener);
      return this;
    },

    removeAllListeners(name) {
      const names = arguments.length > 0 ? [name] : this.eventNames();
      if (named(this, "removeListener").length === 0) {
        for (const one of names) of(this).delete(one);
        return this;
      }
      names.sort((one) => (one === "removeListener" ? 1 : -1));
      for (const one of names) for (const listener of named(this, one).toReversed()) this.removeListener(one, listener);
      return this;
    },

    emit(name, ...given) {
      if (name === "error") for (const listener of named(this, errorMonitor)) Reflect.apply(listener, this, given);
      const listeners = named(this, name);
      if (listeners.length === 0) {
        if (name === "error") throw unhandled(given);
        return false;
      }
      for (const listener of listeners) Reflect.apply(listener, this, given);
      return true;
    },

    listeners(name) { return named(this, name).map((listener) => listener.listener ?? listener); },
    rawListeners(name) { return [...named(this, name)]; },
    listenerCount(name, listener) {
      const listeners = named(this, name);
      return listener === undefined ? listeners.length : listeners.filter((entry) => entry === listener || entry.listener === listener).length;
    },
    eventNames() { return [...(all.get(this)?.keys() ?? [])]; },
    setMaxListeners(most) {
      limits.set(this, count(most, "setMaxListeners"));
      return this;
    },
    getMaxListeners() { return limits.get(this) ?? defaultLimit; },
  };
  methods.addListener = methods.on;
  methods.off = methods.removeListener;
  for (const name of Object.keys(methods)) {
    Object.defineProperty(EventEmitter.prototype, name, { value: methods[name], configurable: true, enumerable: true, writable: true });
  }

  const hear = (emitter, name, listener, once) => {
    if (typeof emitter?.on === "function") return once ? emitter.once(name, listener) : emitter.on(name, listener);
    if (typeof emitter?.addEventListener === "function") return emitter.addEventListener(name, listener, { once });
    throw wrong("ERR_INVALID_ARG_TYPE", 'The "emitter" argument must be an instance of EventEmitter or EventTarget');
  };
  const unhear = (emitter, name, listener) =>
    (typeof emitter.removeListener === "function" ? emitter.removeListener(name, listener) : emitter.removeEventListener(name, listener));

  const aborted = (signal) => {
    const error = new Error("The operation was aborted", { cause: signal.reason });
    error.code = "ABORT_ERR";
    error.name = "AbortError";
    return error;
  };

  const once = (emitter, name, { signal } = {}) => new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const forget = () => {
      unhear(emitter, name, settle);
      if (name !== "error" && typeof emitter.once === "function") unhear(emitter, "error", fail);
      signal?.removeEventListener("abort", stop);
    };
    const settle = (...given) => { forget(); resolve(given); };
    const fail = (error) => { forget(); reject(error); };
    const stop = () => fail(aborted(signal));
    hear(emitter, name, settle, true);
    if (name !== "error" && typeof emitter.once === "function") emitter.once("error", fail);
    signal?.addEventListener("abort", stop, { once: true });
  });

  // The events as they come, for `for await`.
  const on = (emitter, name, { signal, close = [] } = {}) => {
    if (signal?.aborted) throw aborted(signal);
    const ready = [];
    const waiting = [];
    let failure;
    let over = false;
    const give = (...given) => {
      const next = waiting.shift();
      if (next) next.resolve({ value: given, done: false });
      else ready.push(given);
    };
    const fail = (error) => {
      const next = waiting.shift();
      if (next) next.reject(error);
      else failure = { error };
      end();
    };
    const stop = () => fail(aborted(signal));
    const end = () => {
      over = true;
      unhear(emitter, name, give);
      if (typeof emitter.on === "function" && name !== "error") unhear(emitter, "error", fail);
      for (const last of close) unhear(emitter, last, end);
      signal?.removeEventListener("abort", stop);
      for (const next of waiting.splice(0)) next.resolve({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    };
    hear(emitter, name, give, false);
    if (typeof emitter.on === "function" && name !== "error") emitter.on("error", fail);
    for (const last of close) hear(emitter, last, end, false);
    signal?.addEventListener("abort", stop, { once: true });
    return {
      next() {
        if (ready.length > 0) return Promise.resolve({ value: ready.shift(), done: false });
        if (failure) {
          const { error } = failure;
          failure = undefined;
          return Promise.reject(error);
        }
        if (over) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
      },
      return: end,
      throw(error) { fail(error); return Promise.resolve({ value: undefined, done: true }); },
      [Symbol.asyncIterator]() { return this; },
    };
  };

  const statics = {
    EventEmitter, once, on, errorMonitor, captureRejectionSymbol, captureRejections: false,
    listenerCount: (emitter, name) => emitter.listenerCount(name),
    getEventListeners: (emitter, name) => emitter.listeners(name),
    getMaxListeners: (emitter) => emitter.getMaxListeners(),
    setMaxListeners(most = defaultLimit, ...emitters) {
      count(most, "setMaxListeners");
      if (emitters.length === 0) defaultLimit = most;
      for (const emitter of emitters) if (typeof emitter.setMaxListeners === "function") emitter.setMaxListeners(most);
    },
  };
  for (const name of Object.keys(statics)) EventEmitter[name] = statics[name];
  Object.defineProperty(EventEmitter, "defaultMaxListeners", {
    get: () => defaultLimit, set(most) { defaultLimit = count(most, "defaultMaxListeners"); }, configurable: true, enumerable: true,
  });
  return { events: EventEmitter };
})
