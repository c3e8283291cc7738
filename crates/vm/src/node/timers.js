(function (native, group) {
  "use strict";

  const aborted = (signal) => {
    const error = new Error("The operation was aborted", { cause: signal.reason });
    error.code = "ABORT_ERR";
    error.name = "AbortError";
    return error;
  };

  const sleep = (pause, value, options = undefined) => new Promise((resolve, reject) => {
    const { signal } = options ?? {};
    if (signal?.aborted) return reject(aborted(signal));
    const stop = () => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    }, pause);
    signal?.addEventListener("abort", stop, { once: true });
  });

  async function* repeat(pause, value, options = undefined) {
    for (;;) yield await sleep(pause, value, options);
  }

  const promises = {
    setTimeout: sleep,
    setImmediate: (value, options) => sleep(0, value, options),
    setInterval: repeat,
    scheduler: { wait: (pause, options) => sleep(pause, undefined, options), yield: () => sleep(0) },
  };
  const timers = {
    setTimeout, clearTimeout, setInterval, clearInterval, promises,
    setImmediate: (callback, ...given) => setTimeout(callback, 0, ...given),
    clearImmediate: (timer) => clearTimeout(timer),
  };
  const { setImmediate, clearImmediate } = timers;
  return { timers, "timers/promises": promises, setImmediate, clearImmediate };
})
