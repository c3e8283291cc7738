(function (native, group) {
  "use strict";
  const { queue, isEmpty, put, take } = group("lists");

  // A stream, what feeds it, and its reader, which these files know and a task has only objects of the standard's classes for.
  const newStream = () => ({
    __proto__: null, facade: null, state: "readable", error: undefined, reader: null, disturbed: false, source: null,
  });

  const newSource = (stream, size, most) => {
    stream.source = {
      __proto__: null, stream, facade: null, chunks: queue(), total: 0, size, most, bytesOnly: false, closing: false, started: false,
      pulling: false, again: false, pull: undefined, cancel: undefined,
    };
    return stream.source;
  };

  const settled = (value) => {
    const made = native.promise();
    made.resolve(value);
    return made;
  };

  const failed = (error) => {
    const made = native.promise();
    made.reject(error);
    native.handled(made.promise);
    return made;
  };

  const room = (source) => {
    const { state } = source.stream;
    return state === "errored" ? null : state === "closed" ? 0 : source.most - source.total;
  };

  const waits = (stream) => stream.reader !== null && !isEmpty(stream.reader.requests);

  // Whether more is to be read than is there.
  const wants = (source) =>
    source.stream.state === "readable" && source.started && !source.closing && (waits(source.stream) || room(source) > 0);

  const pullMore = async (source) => {
    const { stream } = source;
    if (!wants(source) || source.pull === undefined) return;
    if (source.pulling) {
      source.again = true;
      return;
    }
    source.pulling = true;
    try {
      await source.pull(source.facade);
      source.pulling = false;
      if (source.again) {
        source.again = false;
        pullMore(source);
      }
    } catch (error) {
      fail(stream, error);
    }
  };

  const enqueue = (source, chunk) => {
    const { stream } = source;
    if (stream.state !== "readable" || source.closing) throw new TypeError("enqueue: the stream is closed");
    if (waits(stream)) {
      take(stream.reader.requests).resolve({ value: chunk, done: false });
    } else {
      let size;
      try {
        size = source.size === undefined ? 1 : Number(source.size(chunk));
        if (!(size >= 0 && size < Infinity)) throw new RangeError("the size of a chunk is not a number from 0 on");
      } catch (error) {
        fail(stream, error);
        throw error;
      }
      put(source.chunks, { __proto__: null, chunk, size });
      source.total += size;
    }
    pullMore(source);
  };

  const finish = (stream) => {
    stream.state = "closed";
    stream.source.pull = stream.source.cancel = undefined;
    const { reader } = stream;
    if (reader === null) return;
    while (!isEmpty(reader.requests)) take(reader.requests).resolve({ value: undefined, done: true });
    reader.closed.resolve();
  };

  const close = (source) => {
    if (source.stream.state !== "readable" || source.closing) throw new TypeError("close: the stream is closed");
    source.closing = true;
    if (isEmpty(source.chunks)) finish(source.stream);
  };

  const drop = (source) => {
    source.chunks = queue();
    source.total = 0;
  };

  const fail = (stream, error) => {
    if (stream.state !== "readable") return;
    stream.state = "errored";
    stream.error = error;
    stream.source.pull = stream.source.cancel = undefined;
    drop(stream.source);
    const { reader } = stream;
    if (reader === null) return;
    while (!isEmpty(reader.requests)) take(reader.requests).reject(error);
    reader.closed.reject(error);
    native.handled(reader.closed.promise);
  };

  const cancel = async (stream, reason) => {
    stream.disturbed = true;
    if (stream.state === "closed") return;
    if (stream.state === "errored") throw stream.error;
    const { source } = stream;
    const { cancel } = source;
    drop(source);
    finish(stream);
    await cancel?.(reason);
  };

  const acquire = (stream) => {
    if (stream.reader !== null) throw new TypeError("the stream has a reader already");
    const closed = stream.state === "readable" ? native.promise() : stream.state === "closed" ? settled() : failed(stream.error);
    stream.reader = { __proto__: null, stream, closed, requests: queue() };
    return stream.reader;
  };

  const released = () => new TypeError("the reader was released");

  const release = (reader) => {
    const { stream } = reader;
    if (stream === null) return;
    if (stream.state !== "readable") reader.closed = native.promise();
    reader.closed.reject(released());
    native.handled(reader.closed.promise);
    while (!isEmpty(reader.requests)) take(reader.requests).reject(released());
    stream.reader = reader.stream = null;
  };

  const read = (reader) => {
    const { stream } = reader;
    if (stream === null) return failed(released()).promise;
    stream.disturbed = true;
    const request = native.promise();
    const { source } = stream;
    if (!isEmpty(source.chunks)) {
      const { chunk, size } = take(source.chunks);
      source.total -= size;
      if (source.closing && isEmpty(source.chunks)) finish(stream);
      else pullMore(source);
      request.resolve({ value: chunk, done: false });
    } else if (stream.state === "closed") {
      request.resolve({ value: undefined, done: true });
    } else if (stream.state === "errored") {
      request.reject(stream.error);
    } else {
      put(reader.requests, request);
      pullMore(source);
    }
    return request.promise;
  };

  async function* iterate(reader, keeps) {
    let open = true;
    try {
      for (;;) {
        open = false;
        const { value, done } = await read(reader);
        if (done) return;
        open = true;
        yield value;
      }
    } finally {
      const { stream } = reader;
      release(reader);
      if (open && !keeps) await cancel(stream, undefined);
    }
  }

  return { newStream, newSource, room, wants, pullMore, enqueue, close, fail, failed, cancel, acquire, release, released, read, iterate };
})
