(function (native, group) {
  "use strict";
  const feed = group("feed");
  const sink = group("writable");
  const streams = group("streams");
  const inside = Symbol("inside");
  const NOTHING = { __proto__: null };

  // A pair of streams: what is written to the one is read from the other, changed.
  const newPair = (most, size, writableMost, writableSize) => {
    const stream = feed.newStream();
    const pair = {
      __proto__: null, stream, source: feed.newSource(stream, size, most), writable: sink.newWritable(writableSize, writableMost),
      full: true, changed: native.promise(),
    };
    pair.source.pull = () => {
      fill(pair, false);
      return pair.changed.promise;
    };
    return pair;
  };

  // Whether as much is ready to be read as there should be: then nothing is taken in.
  const fill = (pair, full) => {
    if (pair.full === full) return;
    pair.full = full;
    pair.changed.resolve();
    pair.changed = native.promise();
  };

  const fail = (pair, error) => {
    feed.fail(pair.stream, error);
    sink.fail(pair.writable, error);
    fill(pair, false);
  };

  const enqueue = (pair, chunk) => {
    feed.enqueue(pair.source, chunk);
    if (!feed.wants(pair.source)) fill(pair, true);
  };

  class TransformStreamDefaultController {
    #pair;
    constructor(token, pair) {
      if (token !== inside) throw new TypeError("Illegal constructor");
      this.#pair = pair;
    }
    get desiredSize() { return feed.room(this.#pair.source); }
    enqueue(chunk = undefined) {
      try {
        enqueue(this.#pair, chunk);
      } catch (error) {
        sink.fail(this.#pair.writable, error);
        throw error;
      }
    }
    error(reason = undefined) { fail(this.#pair, reason); }
    terminate() {
      feed.close(this.#pair.source);
      sink.fail(this.#pair.writable, new TypeError("the stream was terminated"));
      fill(this.#pair, false);
    }
  }

  const most = (strategy, otherwise) => {
    const { highWaterMark = otherwise } = strategy ?? NOTHING;
    if (!(Number(highWaterMark) >= 0)) throw new RangeError("TransformStream: the highWaterMark is not a number from 0 on");
    return Number(highWaterMark);
  };

  class TransformStream {
    #readable;
    #writable;

    constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
      const { start, transform, flush, cancel } = transformer ?? NOTHING;
      const is = (method) => method === undefined || typeof method === "function";
      if (!is(start) || !is(transform) || !is(flush) || !is(cancel)) throw new TypeError("TransformStream: what is to be called is no function");
      const pair = newPair(most(readableStrategy, 0), readableStrategy?.size, most(writableStrategy, 1), writableStrategy?.size);
      const controller = new TransformStreamDefaultController(inside, pair);
      this.#readable = streams.wrap(pair.stream);
      this.#writable = sink.wrap(pair.writable);
      connect(pair, {
        __proto__: null,
        transform: (chunk) => (transform ? native.apply(transform, transformer, chunk, controller) : enqueue(pair, chunk)),
        flush: () => flush && native.apply(flush, transformer, controller),
        cancel: (reason) => cancel && native.apply(cancel, transformer, reason),
      });
      begin(pair, start && native.apply(start, transformer, controller));
    }

    get readable() { return this.#readable; }
    get writable() { return this.#writable; }
  }

  const begin = async (pair, start) => {
    sink.started(pair.writable, start);
    try {
      await start;
      pair.source.started = true;
      feed.pullMore(pair.source);
    } catch (error) {
      fail(pair, error);
    }
  };

  const connect = (pair, { transform, flush, cancel }) => {
    const { stream, source, writable } = pair;
    writable.write = async (chunk) => {
      while (pair.full && writable.state === "writable") await pair.changed.promise;
      if (writable.state !== "writable") throw writable.error;
      try {
        await transform(chunk);
      } catch (error) {
        fail(pair, error);
        throw error;
      }
    };
    writable.close = async () => {
      try {
        await flush();
        if (stream.state === "readable" && !source.closing) feed.close(source);
      } catch (error) {
        fail(pair, error);
      }
      if (stream.state === "errored") throw stream.error;
    };
    writable.abort = async (reason) => {
      feed.fail(stream, reason);
      await cancel(reason);
    };
    source.cancel = async (reason) => {
      sink.fail(writable, reason);
      fill(pair, false);
      await cancel(reason);
    };
  };

  // Streams of text and bytes, whose parts may be cut anywhere.
  class TextDecoderStream {
    #decoder;
    #stream;
    constructor(label = undefined, options = undefined) {
      const { TextDecoder } = group("encoding");
      const decoder = this.#decoder = new TextDecoder(label, options ?? NOTHING);
      const give = (controller, text) => { if (text !== "") controller.enqueue(text); };
      this.#stream = new TransformStream({
        __proto__: null,
        transform(chunk, controller) { give(controller, decoder.decode(chunk, { __proto__: null, stream: true })); },
        flush(controller) { give(controller, decoder.decode()); },
      });
    }
    get encoding() { return this.#decoder.encoding; }
    get fatal() { return this.#decoder.fatal; }
    get ignoreBOM() { return this.#decoder.ignoreBOM; }
    get readable() { return this.#stream.readable; }
    get writable() { return this.#stream.writable; }
  }

  class TextEncoderStream {
    #stream;
    constructor() {
      // The first half of a character that was cut.
      let kept = "";
      this.#stream = new TransformStream({
        __proto__: null,
        transform(chunk, controller) {
          const text = `${kept}${chunk}`;
          const cut = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
          kept = text.slice(cut);
          if (cut > 0) controller.enqueue(native.utf8(text.slice(0, cut)));
        },
        flush(controller) { if (kept !== "") controller.enqueue(native.utf8(kept)); },
      });
    }
    get encoding() { return "utf-8"; }
    get readable() { return this.#stream.readable; }
    get writable() { return this.#stream.writable; }
  }

  class CountQueuingStrategy {
    #most;
    constructor({ highWaterMark }) { this.#most = Number(highWaterMark); }
    get highWaterMark() { return this.#most; }
    get size() { return () => 1; }
  }

  class ByteLengthQueuingStrategy {
    #most;
    constructor({ highWaterMark }) { this.#most = Number(highWaterMark); }
    get highWaterMark() { return this.#most; }
    get size() { return (chunk) => chunk.byteLength; }
  }

  const refuse = (error) => {
    const made = native.promise();
    made.reject(error);
    return made.promise;
  };

  const pipeTo = (stream, to, options) => {
    try {
      const writable = sink.writableOf(to);
      const { preventClose, preventAbort, preventCancel, signal } = options;
      if (signal !== undefined && !group("abort").isSignal(signal)) throw new TypeError("pipeTo: `signal` is no AbortSignal");
      if (stream.reader !== null || writable.writer !== null) throw new TypeError("pipeTo: one of the streams is locked");
      return pipe(stream, writable, { __proto__: null, preventClose, preventAbort, preventCancel, signal });
    } catch (error) {
      return refuse(error);
    }
  };

  const pipe = async (stream, writable, { preventClose, preventAbort, preventCancel, signal }) => {
    const reader = feed.acquire(stream);
    const writer = sink.acquire(writable);
    let stopped = null;
    const stop = (reason) => {
      stopped = { __proto__: null, reason };
      if (!preventAbort) native.handled(sink.abort(writable, reason));
      if (!preventCancel) native.handled(feed.cancel(stream, reason));
    };
    const forget = signal === undefined ? undefined : group("abort").follow(signal, stop);
    if (signal?.aborted) stop(signal.reason);
    let last;
    try {
      for (;;) {
        await writer.ready.promise;
        if (stopped !== null) break;
        const { value, done } = await feed.read(reader);
        if (done || stopped !== null) break;
        native.handled(last = sink.write(writable, value));
      }
      if (stopped === null) await (preventClose ? last : writable.closing ?? sink.close(writable));
    } catch (error) {
      if (stopped === null && stream.state === "errored" && !preventAbort) await sink.abort(writable, error);
      if (stopped === null && stream.state !== "errored" && !preventCancel) native.handled(feed.cancel(stream, error));
      if (stopped === null) throw error;
    } finally {
      forget?.();
      feed.release(reader);
      sink.release(writer);
    }
    if (stopped !== null) throw stopped.reason;
  };

  native.finish(TransformStream, "TransformStream");
  native.finish(TransformStreamDefaultController, "TransformStreamDefaultController");
  native.finish(TextDecoderStream, "TextDecoderStream");
  native.finish(TextEncoderStream, "TextEncoderStream");
  native.finish(CountQueuingStrategy, "CountQueuingStrategy");
  native.finish(ByteLengthQueuingStrategy, "ByteLengthQueuingStrategy");
  return {
    TransformStream, TransformStreamDefaultController, TextDecoderStream, TextEncoderStream, CountQueuingStrategy, ByteLengthQueuingStrategy, pipeTo,
  };
})
