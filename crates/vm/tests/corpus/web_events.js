const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};

module.exports = async () => {
  const heard = [];
  const target = new EventTarget();
  const stop = new AbortController();
  const listener = { handleEvent(event) { heard.push(["object", event.detail, this === listener, event.target === target]); } };
  target.addEventListener("ping", listener);
  target.addEventListener("ping", listener);
  target.addEventListener("ping", (event) => { event.preventDefault(); heard.push("once"); }, { once: true });
  target.addEventListener("ping", () => heard.push("until stopped"), { signal: stop.signal });
  const ping = () => target.dispatchEvent(new CustomEvent("ping", { detail: heard.length, cancelable: true }));
  const first = ping();
  await tools.keystore.set("web", "heard", heard);
  stop.abort();
  const second = ping();
  target.removeEventListener("ping", listener);
  ping();
  same("heard", heard, [["object", 0, true, true], "once", "until stopped", ["object", 3, true, true]]);
  same("prevented", [first, second], [false, true]);
  target.addEventListener("stop", (event) => event.stopImmediatePropagation());
  target.addEventListener("stop", () => heard.push("never"));
  target.dispatchEvent(new Event("stop"));
  same("stopped", heard.length, 4);

  same("aborted", [stop.signal.aborted, stop.signal.reason.name, stop.signal.reason.code, stop.signal.reason instanceof DOMException], [true, "AbortError", 20, true]);
  const own = new AbortController();
  const any = AbortSignal.any([own.signal, new AbortController().signal]);
  const order = [];
  any.onabort = () => order.push("any");
  own.signal.addEventListener("abort", () => order.push("own"));
  own.abort(new Error("too slow"));
  own.abort(new Error("again"));
  let thrown;
  try { any.throwIfAborted(); } catch (error) { thrown = error.message; }
  same("any", [any.aborted, thrown, order], [true, "too slow", ["own", "any"]]);
  const late = AbortSignal.timeout(5);
  same("not yet", [late.aborted, AbortSignal.abort("now").reason], [false, "now"]);
  await new Promise((resolve) => late.addEventListener("abort", resolve));
  same("timeout", [late.reason.name, late.reason.code], ["TimeoutError", 23]);
  const illegal = [];
  for (const make of [() => new AbortSignal(), () => target.dispatchEvent({ type: "ping" }), () => new Event()]) {
    try { make(); } catch (error) { illegal.push(error.name); }
  }
  same("illegal", illegal, ["TypeError", "TypeError", "TypeError"]);
  await tools.keystore.set("web", "last", 1);
  const error = new DOMException("gone", "NotFoundError");
  same("exception", [error.name, error.message, error.code, error instanceof Error, DOMException.ABORT_ERR, String(error)], ["NotFoundError", "gone", 8, true, 20, "NotFoundError: gone"]);
  return { heard };
};
