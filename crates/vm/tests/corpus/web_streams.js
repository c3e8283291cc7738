const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const rejected = (promise) => promise.then(() => "nothing", (error) => error.message ?? error);
const bytes = (text) => new TextEncoder().encode(text);

module.exports = async () => {
  let pulled = 0;
  const counting = () => new ReadableStream({
    async pull(controller) {
      await tools.keystore.set("web", "pulled", ++pulled);
      if (pulled > 3) controller.close();
      else controller.enqueue(bytes(`${pulled}`));
    },
  });
  const [one, other] = counting().tee();
  const got = [];
  for await (const chunk of one) {
    got.push(...chunk);
    await tools.keystore.set("web", "got", got);
  }
  same("tee", [got, await new Response(other).text()], [[49, 50, 51], "123"]);

  const queued = new ReadableStream({ start(controller) { controller.enqueue("a"); controller.enqueue("b"); controller.close(); } });
  const reader = queued.getReader();
  same("read", [await reader.read(), await reader.read(), await reader.read(), queued.locked], [{ value: "a", done: false }, { value: "b", done: false }, { done: true }, true]);
  await reader.closed;
  let refused;
  try { queued.getReader(); } catch (error) { refused = error.name; }
  same("locked", [refused, await rejected(queued.cancel())], ["TypeError", "cancel: the stream has a reader"]);
  reader.releaseLock();
  same("released", [queued.locked, await rejected(reader.read()), await rejected(reader.closed)], [false, "the reader was released", "the reader was released"]);

  const reasons = [];
  const endless = () => new ReadableStream({ pull(controller) { controller.enqueue(1); }, cancel(reason) { reasons.push(reason ?? "none"); } });
  await endless().cancel("why");
  for await (const value of endless()) if (value) break;
  const kept = endless();
  for await (const value of kept.values({ preventCancel: true })) if (value) break;
  const [left, right] = endless().tee();
  await Promise.all([left.cancel("left"), right.cancel("right")]);
  same("cancelled", [reasons, kept.locked], [["why", "none", ["left", "right"]], false]);

  const failing = (how) => new ReadableStream({ [how](controller) { if (how === "pull") throw new Error("bad"); controller.error(new Error("bad")); } });
  same("failed", [
    await rejected(failing("start").getReader().read()), await rejected(failing("pull").getReader().closed), await rejected(new Response(failing("pull")).text()),
    await rejected(new Response(ReadableStream.from(["text"])).text()), await rejected(new ReadableStream({ start: () => Promise.reject("late") }).getReader().read()),
  ], ["bad", "bad", "bad", "a chunk of the body is no Uint8Array", "late"]);

  const sizes = [];
  let controller;
  const measured = new ReadableStream({ start(given) { controller = given; } }, { highWaterMark: 5, size: (chunk) => chunk.length });
  sizes.push(controller.desiredSize);
  controller.enqueue("abcd");
  sizes.push(controller.desiredSize);
  const measuring = measured.getReader();
  await measuring.read();
  sizes.push(controller.desiredSize);
  const waiting = measuring.read();
  await tools.keystore.set("web", "sizes", sizes);
  controller.enqueue("late");
  controller.close();
  same("sizes", [sizes, await waiting, controller.desiredSize], [[5, 1, 5], { value: "late", done: false }, 0]);

  async function* generator() { yield bytes("x"); await tools.keystore.set("web", "between", 1); yield bytes("y"); }
  const body = new Response(ReadableStream.from(generator()));
  const twin = body.clone();
  same("body", [await body.text(), await twin.text(), body.bodyUsed], ["xy", "xy", true]);
  const late = new Response("stream me");
  const chunks = await Array.fromAsync(late.body);
  same("of text", [new TextDecoder().decode(chunks[0]), late.bodyUsed, await rejected(late.text())], ["stream me", true, "the body was read already"]);
  same("blob", [new TextDecoder().decode((await Array.fromAsync(new Blob(["b"]).stream()))[0]), (await Array.fromAsync(new Blob().stream())).length], ["b", 0]);

  const all = (stream) => Array.fromAsync(stream);
  const doubled = new TransformStream({
    async transform(chunk, controller) { await tools.keystore.set("web", "chunk", chunk); controller.enqueue(chunk * 2); },
    flush(controller) { controller.enqueue("end"); },
  });
  same("changed", await all(ReadableStream.from([1, 2]).pipeThrough(doubled)), [2, 4, "end"]);
  const halves = [Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x91, 0x8b, 97)];
  same("decoded", [(await all(ReadableStream.from(halves).pipeThrough(new TextDecoderStream()))).join("|"), (await all(ReadableStream.from(["\ud83d", "\udc4b"]).pipeThrough(new TextEncoderStream()))).map((chunk) => chunk.length)], ["👋a", [4]]);
  const written = [];
  const sink = (more) => new WritableStream({
    async write(chunk) { await tools.keystore.set("web", "chunk", chunk); if (chunk === 3) throw new Error("full"); written.push(chunk); },
    close() { written.push("closed"); },
    abort(reason) { written.push(`aborted ${reason.message ?? reason}`); },
  }, more);
  await ReadableStream.from([1, 2]).pipeTo(sink());
  const full = await rejected(ReadableStream.from([1, 3, 5]).pipeTo(sink()));
  const broken = await rejected(failing("pull").pipeTo(sink()));
  const writer = sink({ highWaterMark: 2 }).getWriter();
  const room = [writer.desiredSize];
  const writes = [writer.write(7), writer.write(8)];
  room.push(writer.desiredSize);
  await writer.ready;
  await Promise.all(writes);
  await writer.abort("enough");
  same("written", [written, full, broken, room, await rejected(writer.write(9)), await rejected(writer.closed)], [[1, 2, "closed", 1, "aborted bad", 7, 8, "aborted enough"], "full", "bad", [2, 0], "enough", "enough"]);
  const stop = new AbortController();
  const stopped = rejected(new ReadableStream().pipeTo(sink(), { signal: stop.signal }));
  stop.abort("no more");
  same("stopped", [await stopped, written.at(-1)], ["no more", "aborted no more"]);

  const through = async (bytes, stream) => {
    const chunks = await all(ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]).pipeThrough(stream));
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  };
  const text = new TextEncoder().encode("hello ".repeat(1000));
  const packed = [];
  for (const format of ["gzip", "deflate", "deflate-raw"]) {
    const small = await through(text, new CompressionStream(format));
    await tools.keystore.set("web", "small", small.length < 200);
    const again = await through(small, new DecompressionStream(format));
    packed.push(small.length < 200, new TextDecoder().decode(again) === "hello ".repeat(1000));
    packed.push(...await Promise.all([small.slice(0, -5), Uint8Array.of(...small, 1), Uint8Array.of(1, 2, 3, 4)]
      .map((bytes) => through(bytes, new DecompressionStream(format)).then(() => "taken", (error) => error.name))));
  }
  const known = Uint8Array.fromBase64("H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==");
  packed.push(new TextDecoder().decode(await through(known, new DecompressionStream("gzip"))));
  same("packed", packed, [...Array(3).fill([true, true, "TypeError", "TypeError", "TypeError"]).flat(), "hello world"]);
  let format;
  try { new CompressionStream("zip"); } catch (error) { format = error.name; }
  same("format", format, "TypeError");
  return { pulled };
};
