(function () {
  "use strict";

  // Errors for wrong arguments, with the codes that Node has for them.
  const wrong = (code, message, Class = TypeError) => {
    const error = new Class(message);
    error.code = code;
    return error;
  };

  const shown = (value) => (typeof value === "string" ? `'${value}'` : String(value));

  const outOfRange = (name, range, value) =>
    wrong("ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be ${range}. Received ${shown(value)}`, RangeError);

  const wrongType = (name, type, value) =>
    wrong("ERR_INVALID_ARG_TYPE", `The "${name}" argument must be of type ${type}. Received ${value === null ? "null" : `type ${typeof value}`}`);

  const needFunction = (value, name) => {
    if (typeof value !== "function") throw wrongType(name, "function", value);
    return value;
  };

  const needString = (value, name) => {
    if (typeof value !== "string") throw wrongType(name, "string", value);
    return value;
  };

  // A whole number, 0 for what is none.
  const integer = (value) => Math.trunc(Number(value)) || 0;

  return { wrong, outOfRange, wrongType, needFunction, needString, integer };
})
