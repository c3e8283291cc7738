// As cases.js; what is timed is left out, the machine's clock being another each time.
module.exports = (console) => {
  console.group("outer"); console.log("in\nside"); console.group(); console.log({ a: 1 }); console.groupEnd(); console.warn("still"); console.groupEnd(); console.groupEnd(); console.log("out");
  console.count(); console.count(); console.count("other"); console.countReset(); console.count(); console.count(5);
  console.assert(true, "not"); console.assert(false); console.assert(0, "is %s", "off");
  console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.dir({ a: { b: { c: { d: 1 } } } }, { depth: null }); console.dir({ [Symbol.for("nodejs.util.inspect.custom")]: 1 });
  console.dir([1, 2, 3], { maxArrayLength: 1 }); console.dir({ a: 1, b: [1, 2] }, { compact: false }); console.dir({ b: 1, a: 2 }, { sorted: true }); console.dir({ a: "x".repeat(40) }, { breakLength: 20 }); console.dir(["abcdef"], { maxStringLength: 3 }); console.dir([1], { showHidden: true });
  console.table([{ a: 1, b: "x" }, { a: 2, c: true }]); console.table([[1, 2], [3]]); console.table(["a", { v: 1 }, null]); console.table([{ a: 1, b: 2 }, { b: 3 }], ["b", "z"]);
  console.table({ x: { n: 1 }, y: { n: [1, 2, 3, 4] } }); console.table(new Map([["k", { a: 1 }], [1, { a: 1, b: 2, c: 3 }]])); console.table(new Set(["é", 2])); console.table(5); console.table("text"); console.table([]);
  console.groupCollapsed("more"); console.table([1]); console.groupEnd(); console.dirxml({ a: 1 }, 2);
};
