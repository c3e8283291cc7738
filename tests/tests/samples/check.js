function __gives(line, value, said) {
  if (!__same(value, said)) {
    throw new Error(`line ${line} gives ${JSON.stringify(value)}, not ${JSON.stringify(said)}`);
  }
  return value;
}

function __same(value, said) {
  if (typeof said === "string" && said.includes("…")) {
    const pattern = said.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^]*");
    return typeof value === "string" && new RegExp(`^${pattern}$`).test(value);
  }
  if (said === null || typeof said !== "object") {
    return value === said;
  }
  const names = Object.keys(said);
  return value !== null && typeof value === "object" && Array.isArray(value) === Array.isArray(said)
    && Object.keys(value).length === names.length && names.every((name) => __same(value[name], said[name]));
}
