const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const thrown = (what) => {
  try { what(); } catch (error) { return `${error.name} ${error.code ?? ""}`.trim(); }
  return "nothing";
};

module.exports = async () => {
  const hello = Buffer.from("héllo👋");
  await tools.keystore.set("node", "bytes", hello.toString("base64"));
  same("text", [
    hello.length, hello.toString(), hello.toString("hex", 0, 3), hello.toString("base64"), hello.toString("latin1", 0, 3), hello.toString("ascii", 0, 3),
    Buffer.from("_-8").toString("hex"), Buffer.from("_-8=", "base64").toString("hex"), Buffer.from("ff0g", "hex").toString("hex"), hello.toString("base64url").length,
  ], [10, "héllo👋", "68c3a9", "aMOpbGxv8J+Riw==", "hÃ©", "hC)", "5f2d38", "ffef", "ff", 14]);
  const wide = Buffer.from("a👋\ud83d", "utf16le");
  same("utf16le", [[...wide], wide.toString("ucs2") === "a👋\ud83d", Buffer.from("é", "latin1")[0], Buffer.byteLength("é"), Buffer.byteLength("YQ==", "base64")], [[97, 0, 61, 216, 75, 220, 61, 216], true, 233, 2, 1]);
  same("kinds", [
    Buffer.isBuffer(hello), Buffer.isBuffer(new Uint8Array()), hello instanceof Uint8Array, hello.slice(1, 3) instanceof Buffer, hello.map((byte) => byte) instanceof Buffer,
    Buffer.isEncoding("UTF-8"), Buffer.isEncoding("klingon"), typeof Buffer, JSON.stringify(Buffer.from("a")), Object.keys(Buffer.from("ab")),
  ], [true, false, true, true, true, true, false, "function", '{"type":"Buffer","data":[97]}', ["0", "1"]]);

  const shared = Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2);
  const copy = Buffer.from(shared);
  shared[0] = 9;
  same("made", [[...shared], [...copy], [...Buffer.alloc(5, "ab")], [...Buffer.alloc(2)], [...Buffer.from([256, -1, 1.5])], [...Buffer.from({ type: "Buffer", data: [7] })], [...Buffer.concat([copy, shared], 3)], [...Buffer.concat([copy], 3)]],
    [[9, 3], [2, 3], [97, 98, 97, 98, 97], [0, 0], [0, 255, 1], [7], [2, 3, 9], [2, 3, 0]]);
  await tools.keystore.set("node", "copy", [...copy]);
  same("found", [
    hello.indexOf("l"), hello.lastIndexOf("l"), hello.indexOf("l", -6), hello.includes("👋"), hello.indexOf(Buffer.from("lo")), hello.indexOf(0x68, 1), hello.indexOf(""), hello.indexOf("6c6c", "hex"),
    Buffer.compare(copy, shared), copy.equals(Buffer.from([2, 3])), copy.compare(Buffer.from([0, 2, 3]), 1),
  ], [3, 4, 4, true, 4, -1, 0, 3, -1, true, 0]);

  const numbers = Buffer.alloc(16);
  const after = [
    numbers.writeUInt8(255), numbers.writeInt16LE(-2, 1), numbers.writeUInt32BE(0xdeadbeef, 3), numbers.writeDoubleLE(1.5, 7), numbers.writeUint8(7, 15),
  ];
  same("numbers", [after, numbers.readUInt8(0), numbers.readInt8(0), numbers.readInt16LE(1), numbers.readUint32BE(3), numbers.readDoubleLE(7), numbers[15]], [[1, 3, 7, 15, 16], 255, -1, -2, 0xdeadbeef, 1.5, 7]);
  numbers.writeBigInt64BE(-3n, 0);
  numbers.writeIntLE(-300, 8, 3);
  numbers.writeFloatBE(0.5, 11);
  same("more numbers", [String(numbers.readBigInt64BE()), String(numbers.readBigUInt64BE()), numbers.readIntLE(8, 3), numbers.readUIntBE(8, 3), numbers.readFloatBE(11)], ["-3", "18446744073709551613", -300, 13958911, 0.5]);
  const target = Buffer.alloc(4);
  same("written", [target.write("hé€"), [...target], hello.copy(target, 1, 3, 5), [...target], [...Buffer.from("abcd").swap16()], [...Buffer.from("abc").fill("xyz", 1)], target.write("zz", 3)],
    [3, [104, 195, 169, 0], 2, [104, 108, 108, 0], [98, 97, 100, 99], [97, 120, 121], 1]);
  same("refused", [
    thrown(() => Buffer.from(5)), thrown(() => Buffer.alloc(-1)), thrown(() => hello.toString("klingon")), thrown(() => hello.readUInt32LE(8)), thrown(() => numbers.writeUInt8(256)),
    thrown(() => hello.readUInt8("0")), thrown(() => Buffer.concat([1])), thrown(() => Buffer.from("abc").swap16()), thrown(() => hello.write("a", 11)),
  ], ["TypeError ERR_INVALID_ARG_TYPE", "RangeError ERR_OUT_OF_RANGE", "TypeError ERR_UNKNOWN_ENCODING", "RangeError ERR_OUT_OF_RANGE", "RangeError ERR_OUT_OF_RANGE",
    "TypeError ERR_INVALID_ARG_TYPE", "TypeError ERR_INVALID_ARG_TYPE", "RangeError ERR_INVALID_BUFFER_SIZE", "RangeError ERR_OUT_OF_RANGE"]);
  const { constants, isUtf8, Blob: SameBlob, Buffer: SameBuffer } = require("node:buffer");
  same("module", [SameBuffer === Buffer, SameBlob === Blob, constants.MAX_LENGTH > 1e9, isUtf8(hello), isUtf8(Buffer.of(255)), require("util").inspect(Buffer.from("hi"))], [true, true, true, true, false, "<Buffer 68 69>"]);
  same("as bytes", [await new Response(hello).text(), new TextDecoder().decode(hello), await new Request("https://example.com/", { method: "POST", body: Buffer.from("b") }).text()], ["héllo👋", "héllo👋", "b"]);
  return { hello: hello.toString("hex") };
};
