// Writes expected.json: `node crates/vm/tests/shown/by-node.js`. The tests do not need Node.
const fs = require("node:fs"), path = require("node:path"), { Writable } = require("node:stream");
function logged(steps) {
  const lines = [];
  const out = new Writable({ write(chunk, _, done) { lines.push(String(chunk).replace(/\n$/, "")); done() } });
  steps(new console.Console({ stdout: out, stderr: out, colorMode: false }));
  return lines;
}
const cases = require("./cases.js");
const expected = {
  cases: cases.flatMap((values) => logged((console) => console.log(...values()))),
  methods: logged(require("./methods.js")),
};
fs.writeFileSync(path.join(__dirname, "expected.json"), JSON.stringify(expected, null, 1) + "\n");
