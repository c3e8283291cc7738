(function (native) {
  "use strict";
  const is = (...kinds) => (value) => {
    const kind = native.kind(value);
    return kind !== undefined && kinds.includes(kind);
  };
  const typed = (kind) => (value) => native.kind(value) === kind;
  const types = {
    isAnyArrayBuffer: is("ArrayBuffer"),
    isArrayBuffer: is("ArrayBuffer"),
    isArrayBufferView: (value) => ArrayBuffer.isView(value),
    isArgumentsObject: is("Arguments"),
    isAsyncFunction: is("AsyncFunction", "AsyncGeneratorFunction"),
    isBigIntObject: is("BigInt"),
    isBooleanObject: is("Boolean"),
    isBoxedPrimitive: is("BigInt", "Boolean", "Number", "String", "Symbol"),
    isCryptoKey: (value) => String(Object.prototype.toString.call(value)) === "[object CryptoKey]",
    isDataView: is("DataView"),
    isDate: is("Date"),
    isExternal: () => false,
    isGeneratorFunction: is("GeneratorFunction", "AsyncGeneratorFunction"),
    isGeneratorObject: is("Generator", "AsyncGenerator"),
    isMap: is("Map"),
    isMapIterator: is("Map Iterator"),
    isModuleNamespaceObject: is("Module"),
    isNativeError: is("Error"),
    isNumberObject: is("Number"),
    isPromise: is("Promise"),
    isProxy: is("Proxy"),
    isRegExp: is("RegExp"),
    isSet: is("Set"),
    isSetIterator: is("Set Iterator"),
    isSharedArrayBuffer: () => false,
    isStringObject: is("String"),
    isSymbolObject: is("Symbol"),
    isTypedArray: (value) => ArrayBuffer.isView(value) && native.kind(value) !== "DataView",
    isWeakMap: is("WeakMap"),
    isWeakSet: is("WeakSet"),
  };
  for (const kind of [
    "BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array", "Int8Array", "Int16Array", "Int32Array", "Uint8Array",
    "Uint8ClampedArray", "Uint16Array", "Uint32Array",
  ]) types[`is${kind}`] = typed(kind);
  return { types, "util/types": types };
})
