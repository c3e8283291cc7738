(function () {
  "use strict";
  // What packages look for when they ask where they are: no variables, and nothing of the host.
  const process = {
    env: {},
    argv: [],
    nextTick(callback, ...rest) {
      if (typeof callback !== "function") throw new TypeError("nextTick: the first argument is no function");
      queueMicrotask(() => callback(...rest));
    },
  };
  Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });
  return { process };
})
