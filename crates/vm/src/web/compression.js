(function (native, group) {
  "use strict";
  const { TransformStream } = group("transform");
  const { bytesOf } = group("encoding");
  const { list, add, array } = group("lists");

  const formatOf = (format, name) => {
    const known = `${format}`;
    if (known !== "gzip" && known !== "deflate" && known !== "deflate-raw") {
      throw new TypeError(`${name}: the format ${known} is not known; use gzip, deflate or deflate-raw`);
    }
    return known;
  };

  // All that goes in is taken before anything comes out: half of the work could not sleep with the task.
  const whole = (work) => {
    const chunks = list();
    return new TransformStream({
      __proto__: null,
      transform(chunk) { add(chunks, bytesOf(chunk, "write").slice()); },
      flush(controller) {
        const made = work(native.join(array(chunks)));
        if (made.length > 0) controller.enqueue(made);
      },
    });
  };

  class CompressionStream {
    #stream;
    constructor(format) {
      const known = formatOf(format, "CompressionStream");
      this.#stream = whole((bytes) => native.pack(known, bytes));
    }
    get readable() { return this.#stream.readable; }
    get writable() { return this.#stream.writable; }
  }

  class DecompressionStream {
    #stream;
    constructor(format) {
      const known = formatOf(format, "DecompressionStream");
      this.#stream = whole((bytes) => {
        const made = native.unpack(known, bytes);
        if (made === undefined) throw new TypeError(`DecompressionStream: the bytes are not ${known}, or not whole`);
        return made;
      });
    }
    get readable() { return this.#stream.readable; }
    get writable() { return this.#stream.writable; }
  }

  native.finish(CompressionStream, "CompressionStream");
  native.finish(DecompressionStream, "DecompressionStream");
  return { CompressionStream, DecompressionStream };
})
