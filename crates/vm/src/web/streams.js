(function (native, group) {
  "use strict";
  const { put } = group("lists");
  const { newStream, newSource, room, pullMore, enqueue, close, fail, failed, cancel, acquire, release, released, read, iterate } = group("feed");
  const inside = Symbol("inside");
  const NOTHING = { __proto__: null };

  let streamOf;

  class ReadableStreamDefaultReader {
    #reader;
    constructor(stream) { this.#reader = acquire(streamOf(stream)); }
    get closed() { return this.#reader.closed.promise; }
    read() { return read(this.#reader); }
    releaseLock() { release(this.#reader); }
    cancel(reason = undefined) {
      return this.#reader.stream === null ? failed(released()).promise : cancel(this.#reader.stream, reason);
    }
  }

  class ReadableStreamDefaultController {
    #source;
    constructor(token, source) {
      if (token !== inside) throw new TypeError("Illegal constructor");
      this.#source = source;
      source.facade = this;
    }
    get desiredSize() { return room(this.#source); }
    close() { close(this.#source); }
    enqueue(chunk = undefined) {
      if (this.#source.bytesOnly && !ArrayBuffer.isView(chunk)) throw new TypeError("enqueue: a stream of bytes takes typed arrays");
      enqueue(this.#source, chunk);
    }
    error(reason = undefined) { fail(this.#source.stream, reason); }
  }

  class ReadableStream {
    #stream;

    static {
      streamOf = (stream) => {
        if (typeof stream !== "object" || stream === null || !(#stream in stream)) throw new TypeError("this is no ReadableStream");
        return stream.#stream;
      };
    }

    constructor(source = undefined, strategy = undefined) {
      if (source === inside) {
        this.#stream = strategy;
      } else {
        this.#stream = newStream();
        begin(this.#stream, source ?? NOTHING, strategy ?? NOTHING);
      }
      this.#stream.facade = this;
    }

    static from(iterable) {
      const begin = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
      if (typeof begin !== "function") throw new TypeError("ReadableStream.from: the argument cannot be iterated");
      const iterator = native.apply(begin, iterable);
      return new ReadableStream({
        __proto__: null,
        async pull(controller) {
          const { value, done } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(await value);
        },
        async cancel(reason) { await iterator.return?.(reason); },
      }, { __proto__: null, highWaterMark: 0 });
    }

    get locked() { return this.#stream.reader !== null; }

    cancel(reason = undefined) {
      if (this.#stream.reader !== null) return failed(new TypeError("cancel: the stream has a reader")).promise;
      return cancel(this.#stream, reason);
    }

    getReader(options = undefined) {
      if (options?.mode !== undefined) throw new TypeError("getReader: there are no readers of the mode byob");
      return new ReadableStreamDefaultReader(this);
    }

    tee() {
      const { one, other } = group("tee").tee(this.#stream);
      return [new ReadableStream(inside, one), new ReadableStream(inside, other)];
    }

    pipeTo(to, options = undefined) { return group("transform").pipeTo(this.#stream, to, options ?? NOTHING); }

    pipeThrough(pair, options = undefined) {
      const { readable, writable } = pair;
      const to = group("writable").writableOf(writable);
      streamOf(readable);
      if (this.locked || to.writer !== null) throw new TypeError("pipeThrough: one of the streams is locked");
      native.handled(group("transform").pipeTo(this.#stream, writable, options ?? NOTHING));
      return readable;
    }

    values(options = undefined) { return iterate(acquire(this.#stream), Boolean(options?.preventCancel)); }
    [Symbol.asyncIterator](options = undefined) { return this.values(options); }
  }

  // Begins to feed a stream as a task says.
  const begin = (stream, given, strategy) => {
    const { start, pull, cancel, type } = given;
    if (type !== undefined && `${type}` !== "bytes") throw new TypeError(`ReadableStream: the type ${type} is not known`);
    const { highWaterMark, size } = strategy;
    const most = highWaterMark === undefined ? (type === undefined ? 1 : 0) : Number(highWaterMark);
    if (!(most >= 0)) throw new RangeError("ReadableStream: the highWaterMark is not a number from 0 on");
    const is = (method) => method === undefined || typeof method === "function";
    if (!is(start) || !is(pull) || !is(cancel) || !is(size)) throw new TypeError("ReadableStream: what is to be called is no function");
    const source = newSource(stream, size, most);
    const controller = new ReadableStreamDefaultController(inside, source);
    source.bytesOnly = type !== undefined;
    if (pull) source.pull = () => native.apply(pull, given, controller);
    if (cancel) source.cancel = (reason) => native.apply(cancel, given, reason);
    started(source, start && native.apply(start, given, controller));
  };

  const started = async (source, start) => {
    try {
      await start;
      source.started = true;
      pullMore(source);
    } catch (error) {
      fail(source.stream, error);
    }
  };

  // A stream of what is there already.
  const ofBytes = (bytes) => {
    const stream = newStream();
    const source = newSource(stream, undefined, 0);
    if (bytes.length > 0) put(source.chunks, { __proto__: null, chunk: bytes, size: 0 });
    close(source);
    return new ReadableStream(inside, stream);
  };

  native.finish(ReadableStreamDefaultReader, "ReadableStreamDefaultReader");
  native.finish(ReadableStreamDefaultController, "ReadableStreamDefaultController");
  native.finish(ReadableStream, "ReadableStream");
  return {
    ReadableStream, ReadableStreamDefaultReader, ReadableStreamDefaultController,
    streamOf, ofBytes,
    wrap: (stream) => stream.facade ?? new ReadableStream(inside, stream),
    isStream: (value) => {
      try { return streamOf(value) !== undefined; } catch { return false; }
    },
  };
})
