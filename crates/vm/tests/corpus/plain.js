// A task that is not async, with `require` and CommonJS exports, and calls by the host's name.
exports.runTask = function (input, tools) {
  return __callHostTool__("keystore", ["set"], ["plain", "k", [1, "zwei", null, true, { deep: { er: [] } }, "\u00e4\u{1F600}\n\"\\"]])
    .then(() => __callHostTool__("keystore", "get", ["plain", "k"]))
    .then((value) => tools.keystore.list("plain").then((keys) => ({ value, keys, kind: typeof module, self: typeof require })));
};
