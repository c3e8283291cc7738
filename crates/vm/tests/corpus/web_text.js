const same = (what, actual, expected) => {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
};
const thrown = (what) => {
  try { what(); } catch (error) { return `${error.name} ${error.code ?? ""}`.trim(); }
  return "nothing";
};

module.exports = async () => {
  const encoder = new TextEncoder();
  const bytes = encoder.encode("Grüße 👋\ud83d");
  await tools.keystore.set("web", "bytes", [...bytes]);
  same("utf-8", [bytes.length, new TextDecoder().decode(bytes)], [15, "Grüße 👋\ufffd"]);
  const into = new Uint8Array(5);
  same("into", [encoder.encodeInto("aü👋b", into), [...into]], [{ read: 2, written: 3 }, [97, 195, 188, 0, 0]]);
  same("nothing", [encoder.encode().length, new TextDecoder().decode()], [0, ""]);

  const decoder = new TextDecoder();
  let text = "";
  for (const byte of encoder.encode("\ufeffé€👋")) {
    text += decoder.decode(Uint8Array.of(byte), { stream: true });
    await tools.keystore.set("web", "text", text);
  }
  text += decoder.decode();
  same("a byte at a time", text, "é€👋");
  same("cut off", decoder.decode(Uint8Array.of(0xf0, 0x9f), { stream: true }) + decoder.decode(), "\ufffd");
  same("a mark", [new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf, 97)).length, decoder.decode(Uint8Array.of(0xef, 0xbb, 0xbf, 97)).length], [2, 1]);
  same("fatal", [thrown(() => new TextDecoder("utf8", { fatal: true }).decode(Uint8Array.of(97, 255))).split(" ")[0], new TextDecoder().decode(Uint8Array.of(97, 255))], ["TypeError", "a\ufffd"]);
  same("encodings", [
    new TextDecoder("latin1").encoding, new TextDecoder("latin1").decode(Uint8Array.of(0xe4, 0x80)),
    new TextDecoder("UTF-16").decode(Uint8Array.of(0x61, 0, 0x3d, 0xd8, 0x4b, 0xdc)),
    new TextDecoder("shift_jis").decode(Uint8Array.of(0x83, 0x65)), thrown(() => new TextDecoder("klingon")).split(" ")[0],
  ], ["windows-1252", "ä€", "a👋", "テ", "RangeError"]);
  const halves = new TextDecoder("shift_jis");
  same("half a character", halves.decode(Uint8Array.of(0x83), { stream: true }) + halves.decode(Uint8Array.of(0x65)), "テ");
  same("views", new TextDecoder().decode(new DataView(encoder.encode("xabcx").buffer, 1, 3)), "abc");

  same("btoa", [btoa("\xff\x00a"), btoa(""), atob(" /wBh\n"), atob("YQ"), thrown(() => btoa("€")), thrown(() => atob("a"))], ["/wBh", "", "\xff\x00a", "a", "InvalidCharacterError 5", "InvalidCharacterError 5"]);
  const long = "a".repeat(10_000);
  same("long", [atob(btoa(long)) === long, encoder.encode(long).length], [true, 10_000]);
  await tools.keystore.set("web", "last", 1);
  return { text };
};
