(function (native, group) {
  "use strict";
  const { list, add } = group("lists");
  const { isBuffer, viewOf } = group("views");

  // What of these a task has never asked for, it has none of.
  const isOf = (file, test, value) => Boolean(group(file, true)?.[test](value));

  // A body: what it is of, a text or bytes; or the stream that it comes by.
  const bodyOf = (source) => ({ __proto__: null, source, stream: null, used: false });

  // The body that a task means by a value, and the type that this has by itself.
  const extract = (value) => {
    const made = (source, type = null) => ({ __proto__: null, body: bodyOf(source), type });
    if (value === null || value === undefined) return { __proto__: null, body: null, type: null };
    if (isOf("streams", "isStream", value)) {
      const stream = group("streams").streamOf(value);
      if (stream.disturbed || stream.reader !== null) throw new TypeError("the stream of the body was read, or has a reader");
      const extracted = made(null);
      extracted.body.stream = stream;
      return extracted;
    }
    if (isOf("blob", "isBlob", value)) return made(group("blob").bytesOf(value), value.type || null);
    if (isOf("form", "isForm", value)) {
      const { bytes, type } = group("form").encode(value);
      return made(bytes, type);
    }
    if (isBuffer(value)) return made(native.join(add(list(), viewOf(value))));
    if (isOf("url", "isParams", value)) return made(`${value}`, "application/x-www-form-urlencoded;charset=UTF-8");
    return made(native.wellFormed(`${value}`), "text/plain;charset=UTF-8");
  };

  const isUsed = (body) => body !== null && (body.used || Boolean(body.stream?.disturbed));
  const isLocked = (body) => body !== null && body.stream !== null && body.stream.reader !== null;

  const refuseUsed = (body) => {
    if (isUsed(body)) throw new TypeError("the body was read already");
    if (isLocked(body)) throw new TypeError("the stream of the body has a reader");
  };

  // Takes what a body is of: a text, bytes, or a stream that was not read yet.
  const take = (body) => {
    if (body === null) return null;
    refuseUsed(body);
    if (body.stream !== null) return body.stream;
    body.used = true;
    const { source } = body;
    body.source = null;
    return source;
  };

  // All that comes by a stream, at most so many bytes.
  const gather = async (stream, most = Infinity) => {
    const { acquire, read, cancel } = group("feed");
    const reader = acquire(stream);
    const chunks = list();
    let length = 0;
    for (;;) {
      const { value, done } = await read(reader);
      if (done) return native.join(chunks);
      const fits = native.kind(value) === "Uint8Array" ? (length += value.length) <= most : undefined;
      if (fits) {
        add(chunks, value);
        continue;
      }
      const error = fits === undefined
        ? new TypeError("a chunk of the body is no Uint8Array")
        : new RangeError(`the body has more than ${most} bytes`);
      native.handled(cancel(stream, error));
      throw error;
    }
  };

  const content = async (body) => {
    const source = take(body);
    if (source === null) return "";
    // Waited for here: what an async function returns is asked for its `then`, which a task may have replaced.
    return typeof source === "string" || native.kind(source) === "Uint8Array" ? source : await gather(source);
  };

  const bytes = async (body) => {
    const source = await content(body);
    return typeof source === "string" ? native.utf8(source) : source;
  };

  const text = async (body) => {
    const source = await content(body);
    const whole = typeof source === "string" ? source : native.decode(source, "utf-8", false, false).text;
    return whole.charCodeAt(0) === 0xfeff ? whole.slice(1) : whole;
  };

  const blob = async (body, type) => {
    const { newBlob } = group("blob");
    return newBlob(await bytes(body), type ?? "");
  };

  const form = async (body, type) => {
    const decoded = group("form").decode(await bytes(body), type ?? "");
    if (decoded === undefined) throw new TypeError("formData: the body is no form");
    return decoded;
  };

  // The stream of a body, which exists once a task has asked for it.
  const stream = (body) => {
    if (body === null) return null;
    const streams = group("streams");
    if (body.stream === null) {
      const { source } = body;
      const whole = body.used ? new Uint8Array() : typeof source === "string" ? native.utf8(source) : native.join(add(list(), source));
      body.stream = streams.streamOf(streams.ofBytes(whole));
      body.stream.disturbed = body.used;
      body.source = null;
    }
    return streams.wrap(body.stream);
  };

  // Another body of the same content.
  const clone = (body) => {
    if (body === null) return null;
    refuseUsed(body);
    if (body.stream === null) return bodyOf(body.source);
    const { one, other } = group("tee").tee(body.stream);
    body.stream = one;
    const made = bodyOf(null);
    made.stream = other;
    return made;
  };

  return { bodyOf, extract, isUsed, refuseUsed, take, gather, bytes, text, blob, form, stream, clone };
})
