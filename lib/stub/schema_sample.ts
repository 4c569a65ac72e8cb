/**
 * Makes a value that satisfies a JSON Schema: what a stub's tool calls and structured answers hold.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** Schemas that nest deeper get `null`: a recursive schema has no smallest value otherwise. */
const MAX_DEPTH = 16;
/** So do schemas beyond so many: one that holds itself twice would double with every level. */
const MAX_SCHEMAS = 2_000;

/**
 * The smallest plausible value of a schema, the same at every call.
 *
 * @param schema JSON Schema; `$ref` into its own `$defs` or `definitions` is followed.
 */
export function sampleOf(schema: JsonObject): JsonValue {
  return new Sampler(schema).sample(schema, 0);
}

class Sampler {
  readonly #root: JsonObject;
  #count = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  sample(schema: JsonValue | undefined, depth: number): JsonValue {
    if (!isObject(schema) || depth > MAX_DEPTH || ++this.#count > MAX_SCHEMAS) return null;
    const fixed = this.#fixedValue(schema);
    if (fixed !== undefined) return fixed;
    const inner = this.#innerSchema(schema);
    if (inner) return this.sample(inner, depth + 1);
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === "object" || isObject(schema.properties)) return this.#object(schema, depth);
    if (type === "array") return this.#array(schema, depth);
    if (type === "string") return stringOf(schema);
    if (type === "integer" || type === "number") return numberOf(schema);
    return type === "boolean" ? true : type === "null" ? null : "stub";
  }

  #fixedValue(schema: JsonObject): JsonValue | undefined {
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0]!;
    return schema.default;
  }

  /** The schema that stands for this one: a reference's target, or the first of the choices. */
  #innerSchema(schema: JsonObject): JsonObject | undefined {
    if (typeof schema.$ref === "string") return this.#resolve(schema.$ref);
    for (const key of ["anyOf", "oneOf"]) {
      const choices = schema[key];
      if (Array.isArray(choices) && isObject(choices[0])) return choices[0];
    }
    const all = schema.allOf;
    if (!Array.isArray(all)) return undefined;
    return merged([...all.filter(isObject), { ...schema, allOf: undefined }]);
  }

  #resolve(reference: string): JsonObject | undefined {
    let node: JsonValue | undefined = this.#root;
    for (const step of reference.replace(/^#\/?/, "").split("/").filter((one) => one !== "")) {
      // JSON Pointer (RFC 6901) writes a slash as `~1`, and the tilde itself as `~0`.
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      if (!isObject(node) || !Object.hasOwn(node, key)) return undefined;
      node = node[key];
    }
    return isObject(node) ? node : undefined;
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : Object.keys(properties);
    const entries = required.filter((key) => typeof key === "string").map((key) => {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return [key, this.sample(property, depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  #array(schema: JsonObject, depth: number): JsonValue[] {
    const min = typeof schema.minItems === "number" ? Math.min(schema.minItems, 100) : 1;
    const max = typeof schema.maxItems === "number" ? schema.maxItems : Infinity;
    const length = Math.min(min, max);
    return Array.from({ length }, () => this.sample(schema.items, depth + 1));
  }
}

function merged(schemas: JsonObject[]): JsonObject {
  const properties = Object.assign({}, ...schemas.map((one) => one.properties));
  const required = schemas.flatMap((one) => Array.isArray(one.required) ? one.required : []);
  return {
    ...Object.assign({}, ...schemas),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** What a string of each well-known format looks like. */
const FORMATS: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ["date", "2025-01-01"],
  ["date-time", "2025-01-01T00:00:00Z"],
  ["time", "00:00:00Z"],
  ["email", "stub@example.com"],
  ["uri", "https://example.com/"],
  ["uuid", "00000000-0000-4000-8000-000000000000"],
  ["ipv4", "192.0.2.1"],
  ["hostname", "example.com"],
]);

function stringOf(schema: JsonObject): string {
  const format = FORMATS.get(schema.format);
  const min = typeof schema.minLength === "number" ? Math.min(schema.minLength, 10_000) : 0;
  const max = typeof schema.maxLength === "number" ? Math.max(0, schema.maxLength) : Infinity;
  return (format ?? "stub").padEnd(min, ".").slice(0, max);
}

function numberOf(schema: JsonObject): number {
  const isStepped = typeof schema.multipleOf === "number" && schema.multipleOf > 0;
  const step = isStepped ? schema.multipleOf as number : 1;
  const above = typeof schema.exclusiveMinimum === "number"
    ? schema.exclusiveMinimum + step
    : undefined;
  const below = typeof schema.exclusiveMaximum === "number"
    ? schema.exclusiveMaximum - step
    : undefined;
  const min = above ?? (typeof schema.minimum === "number" ? schema.minimum : undefined);
  const max = below ?? (typeof schema.maximum === "number" ? schema.maximum : undefined);
  const value = min === undefined ? step : Math.ceil(min / step) * step;
  if (max === undefined || value <= max) return value;
  return isStepped ? Math.floor(max / step) * step : max;
}
