(function (native) {
  "use strict";
  // Whether a value holds bytes: an ArrayBuffer, a typed array or a DataView; and all of them, not copied.
  const isBuffer = (value) => ArrayBuffer.isView(value) || native.kind(value) === "ArrayBuffer";
  const viewOf = (value) => (ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value));
  return { isBuffer, viewOf };
})
