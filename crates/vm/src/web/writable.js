(function (native, group) {
  "use strict";
  const { queue, isEmpty, put, take } = group("lists");
  const inside = Symbol("inside");
  const NOTHING = { __proto__: null };

  // What is written to, which these files know and a task has only objects of the standard's classes for.
  const newWritable = (size, most) => ({
    __proto__: null, state: "writable", error: undefined, writer: null, chunks: queue(), total: 0, size, most, busy: true, closing: null,
    write: undefined, close: undefined, abort: undefined, aborting: null, controller: null,
  });

  const room = (writable) => (writable.state === "errored" ? null : writable.state === "closed" ? 0 : writable.most - writable.total);
  const isFull = (writable) => writable.state === "writable" && writable.closing === null && room(writable) <= 0;

  const rejected = (error) => {
    const made = native.promise();
    made.reject(error);
    native.handled(made.promise);
    return made;
  };

  const resolved = () => {
    const made = native.promise();
    made.resolve();
    return made;
  };

  // The writer is ready while there is room.
  const measure = (writable) => {
    const { writer } = writable;
    if (writer === null || writable.state !== "writable") return;
    const full = isFull(writable);
    if (full && !writer.waits) writer.ready = native.promise();
    if (!full && writer.waits) writer.ready.resolve();
    writer.waits = full;
  };

  const fail = (writable, error) => {
    if (writable.state !== "writable") return;
    writable.state = "errored";
    writable.error = error;
    while (!isEmpty(writable.chunks)) take(writable.chunks).request.reject(error);
    const { writer } = writable;
    if (writer === null) return;
    if (writer.waits) writer.ready.reject(error);
    else writer.ready = rejected(error);
    writer.closed.reject(error);
    native.handled(writer.ready.promise);
    native.handled(writer.closed.promise);
  };

  // Hands what is written to the sink, one after the other.
  const advance = async (writable) => {
    if (writable.busy || writable.state !== "writable" || isEmpty(writable.chunks)) return;
    const entry = take(writable.chunks);
    writable.busy = true;
    try {
      if (entry.closes) await writable.close?.();
      else await writable.write?.(entry.chunk, writable.controller);
      writable.busy = false;
      writable.total -= entry.size;
      if (entry.closes && writable.state === "writable") {
        writable.state = "closed";
        writable.writer?.closed.resolve();
      }
      entry.request.resolve();
      measure(writable);
      advance(writable);
    } catch (error) {
      writable.busy = false;
      entry.request.reject(error);
      fail(writable, error);
    }
    stopped(writable);
  };

  const push = (writable, entry) => {
    entry.request = native.promise();
    put(writable.chunks, entry);
    writable.total += entry.size;
    measure(writable);
    advance(writable);
    return entry.request.promise;
  };

  const write = (writable, chunk) => {
    if (writable.state === "errored") return rejected(writable.error).promise;
    if (writable.state === "closed" || writable.closing !== null) return rejected(new TypeError("write: the stream is closed")).promise;
    let size = 1;
    try {
      if (writable.size !== undefined) size = Number(writable.size(chunk));
      if (!(size >= 0 && size < Infinity)) throw new RangeError("the size of a chunk is not a number from 0 on");
    } catch (error) {
      fail(writable, error);
      return rejected(error).promise;
    }
    return push(writable, { __proto__: null, chunk, size, closes: false });
  };

  const close = (writable) => {
    if (writable.state !== "writable" || writable.closing !== null) return rejected(new TypeError("close: the stream is closed")).promise;
    return (writable.closing = push(writable, { __proto__: null, chunk: undefined, size: 0, closes: true }));
  };

  const abort = (writable, reason) => {
    if (writable.aborting !== null) return writable.aborting.done.promise;
    if (writable.state !== "writable") return resolved().promise;
    fail(writable, reason);
    writable.aborting = { __proto__: null, done: native.promise(), reason, begun: false };
    stopped(writable);
    return writable.aborting.done.promise;
  };

  // The sink hears of it when it does nothing else.
  const stopped = async ({ aborting, busy, abort }) => {
    if (aborting === null || aborting.begun || busy) return;
    aborting.begun = true;
    try {
      await abort?.(aborting.reason);
      aborting.done.resolve();
    } catch (error) {
      aborting.done.reject(error);
    }
  };

  const acquire = (writable) => {
    if (writable.writer !== null) throw new TypeError("the stream has a writer already");
    const { state, error } = writable;
    const waits = isFull(writable);
    writable.writer = {
      __proto__: null, writable, waits, ready: state === "errored" ? rejected(error) : waits ? native.promise() : resolved(),
      closed: state === "errored" ? rejected(error) : state === "closed" ? resolved() : native.promise(),
    };
    return writable.writer;
  };

  const release = (writer) => {
    const { writable } = writer;
    if (writable === null) return;
    writer.ready = rejected(new TypeError("the writer was released"));
    writer.closed = rejected(new TypeError("the writer was released"));
    writable.writer = writer.writable = null;
  };

  let writableOf;

  class WritableStreamDefaultWriter {
    #writer;
    constructor(stream) { this.#writer = acquire(writableOf(stream)); }
    #with(act) {
      const { writable } = this.#writer;
      return writable === null ? rejected(new TypeError("the writer was released")).promise : act(writable);
    }
    get closed() { return this.#writer.closed.promise; }
    get ready() { return this.#writer.ready.promise; }
    get desiredSize() {
      if (this.#writer.writable === null) throw new TypeError("the writer was released");
      return room(this.#writer.writable);
    }
    write(chunk = undefined) { return this.#with((writable) => write(writable, chunk)); }
    close() { return this.#with(close); }
    abort(reason = undefined) { return this.#with((writable) => abort(writable, reason)); }
    releaseLock() { release(this.#writer); }
  }

  class WritableStreamDefaultController {
    #writable;
    constructor(token, writable) {
      if (token !== inside) throw new TypeError("Illegal constructor");
      this.#writable = writable;
    }
    error(reason = undefined) { fail(this.#writable, reason); }
  }

  class WritableStream {
    #writable;

    static {
      writableOf = (stream) => {
        if (typeof stream !== "object" || stream === null || !(#writable in stream)) throw new TypeError("this is no WritableStream");
        return stream.#writable;
      };
    }

    constructor(sink = undefined, strategy = undefined) {
      if (sink === inside) {
        this.#writable = strategy;
        return;
      }
      const { start, write, close, abort } = sink ?? NOTHING;
      const { highWaterMark = 1, size } = strategy ?? NOTHING;
      const most = Number(highWaterMark);
      if (!(most >= 0)) throw new RangeError("WritableStream: the highWaterMark is not a number from 0 on");
      const is = (method) => method === undefined || typeof method === "function";
      if (!is(start) || !is(write) || !is(close) || !is(abort) || !is(size)) throw new TypeError("WritableStream: what is to be called is no function");
      const writable = this.#writable = newWritable(size, most);
      writable.controller = new WritableStreamDefaultController(inside, writable);
      if (write) writable.write = (chunk, controller) => native.apply(write, sink, chunk, controller);
      if (close) writable.close = () => native.apply(close, sink);
      if (abort) writable.abort = (reason) => native.apply(abort, sink, reason);
      started(writable, start && native.apply(start, sink, writable.controller));
    }

    get locked() { return this.#writable.writer !== null; }
    #unlocked(act) {
      return this.#writable.writer === null ? act(this.#writable) : rejected(new TypeError("the stream has a writer")).promise;
    }
    abort(reason = undefined) { return this.#unlocked((writable) => abort(writable, reason)); }
    close() { return this.#unlocked(close); }
    getWriter() { return new WritableStreamDefaultWriter(this); }
  }

  const started = async (writable, start) => {
    try {
      await start;
    } catch (error) {
      fail(writable, error);
    }
    writable.busy = false;
    stopped(writable);
    advance(writable);
  };

  native.finish(WritableStream, "WritableStream");
  native.finish(WritableStreamDefaultWriter, "WritableStreamDefaultWriter");
  native.finish(WritableStreamDefaultController, "WritableStreamDefaultController");
  return {
    WritableStream, WritableStreamDefaultWriter, WritableStreamDefaultController,
    newWritable, started, fail, write, close, abort, acquire, release, isFull, writableOf, wrap: (writable) => new WritableStream(inside, writable),
  };
})
