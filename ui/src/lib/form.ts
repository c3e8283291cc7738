// A form from the schema of an input.

export interface Field {
  name: string;
  kind: "text" | "number" | "integer" | "boolean" | "choice" | "json";
  required: boolean;
  about: string;
  /** What it is, for a value that is written as JSON. */
  type: string;
  choices: unknown[];
  /** What counts if nothing is said. */
  preset: string;
}

interface Schema {
  type?: unknown;
  properties?: Record<string, Schema>;
  required?: unknown;
  enum?: unknown;
  description?: unknown;
  default?: unknown;
}

/** Longer lists are no form that anybody fills in. */
const MOST = 60;

/** The fields of an object's members; `undefined` if the schema says nothing that a form could ask. */
export function fields(schema: unknown): Field[] | undefined {
  const { properties, required } = (schema ?? {}) as Schema;
  if (!properties || typeof properties !== "object") return undefined;
  const names = Object.keys(properties);
  if (!names.length || names.length > MOST) return undefined;
  const needed = Array.isArray(required) ? required : [];
  return names.map((name) => field(name, properties[name] ?? {}, needed.includes(name)));
}

function field(name: string, schema: Schema, required: boolean): Field {
  const choices = Array.isArray(schema.enum) ? schema.enum : [];
  const kinds: Record<string, Field["kind"]> = { string: "text", number: "number", integer: "integer", boolean: "boolean" };
  const kind = choices.length ? "choice" : typeof schema.type === "string" && Object.hasOwn(kinds, schema.type) ? kinds[schema.type] : undefined;
  return {
    name,
    kind: kind ?? "json",
    required,
    about: typeof schema.description === "string" ? schema.description : "",
    type: typeof schema.type === "string" ? schema.type : "any JSON",
    choices,
    preset: schema.default === undefined ? "" : JSON.stringify(schema.default),
  };
}

/** What was said in a field, as a value; throws a sentence. */
export function read({ kind, choices, required }: Field, said: string): unknown {
  if (said === "") {
    if (required && kind === "text") return "";
    if (required) throw new Error("must be filled in");
    return undefined;
  }
  if (kind === "text") return said;
  if (kind === "boolean") return said === "true";
  if (kind === "choice") return choices[Number(said)];
  if (kind === "json") {
    try {
      return JSON.parse(said);
    } catch {
      throw new Error("must be JSON");
    }
  }
  const number = Number(said);
  if (!Number.isFinite(number)) throw new Error("must be a number");
  if (kind === "integer" && !Number.isInteger(number)) throw new Error("must be a whole number");
  return number;
}
