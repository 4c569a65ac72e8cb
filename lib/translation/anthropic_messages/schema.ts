/**
 * JSON Schemas as this API takes them.
 *
 * It demands that a tool's input is an object without alternatives at the top, and for structured
 * output it refuses keywords that other vendors only ignore. Changing no more than that keeps
 * what the client's schema says to the model.
 *
 * @see {@link https://platform.claude.com/docs/en/build-with-claude/structured-outputs}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { setField } from "./wire.ts";

const ALTERNATIVES = ["anyOf", "oneOf", "allOf"];

/**
 * Fits the schema of a tool's input.
 *
 * @param parameters The client's schema; absent for a tool without input.
 * @returns `isExact` is `false` when alternatives at the top were joined into one object.
 */
export function toolSchema(
  parameters: JsonObject | undefined,
): { schema: JsonObject; isExact: boolean } {
  const given = parameters ?? {};
  const key = ALTERNATIVES.find((one) => Array.isArray(given[one]));
  if (key !== undefined) return { schema: joined(given, key), isExact: false };
  if (given.type === "object") return { schema: given, isExact: true };
  return { schema: { properties: {}, ...given, type: "object" }, isExact: true };
}

/** One object that takes what any alternative takes, and demands only what all of them demand. */
function joined(schema: JsonObject, key: string): JsonObject {
  const variants = (schema[key] as JsonValue[]).filter(isObject);
  const { [key]: _, properties, required, additionalProperties: __, ...others } = schema;
  const all: JsonObject = {};
  for (const source of [...variants.map((one) => one.properties), properties]) {
    if (!isObject(source)) continue;
    for (const [name, value] of Object.entries(source)) setField(all, name, value ?? {});
  }
  const lists = variants.map((one) => Array.isArray(one.required) ? one.required : []);
  const demanded = key === "allOf"
    ? lists.flat()
    : (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  const own = Array.isArray(required) ? required : [];
  const names = [...new Set([...own, ...demanded])];
  return {
    ...others,
    type: "object",
    properties: all,
    ...(names.length > 0 && { required: names }),
  };
}

/** Keywords that structured output refuses; each of them only narrows a value. */
const REFUSED = new Set([
  "$schema",
  "$id",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "contains",
  "minContains",
  "maxContains",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedProperties",
  "if",
  "then",
  "else",
  "not",
]);

/** Keywords whose value maps names to schemas; the names are the client's own. */
const SCHEMA_MAPS = new Set(["properties", "$defs", "definitions"]);

/** Keywords whose value is data, not a schema. */
const DATA = new Set(["enum", "const", "default", "examples", "required"]);

/** Deeper schemas than anyone writes are left as they are, so that the walk cannot overflow. */
const MAX_DEPTH = 100;

/**
 * Fits the schema of a structured answer: refused keywords are left out, and objects take no
 * other properties than those named.
 *
 * @returns `isExact` is `false` when a keyword was left out or an open object was closed.
 */
export function outputSchema(schema: JsonObject): { schema: JsonObject; isExact: boolean } {
  const walk = new OutputSchemaWalk();
  return { schema: walk.schema(schema, 0), isExact: walk.isExact };
}

function isObjectType(type: JsonValue | undefined): boolean {
  return type === "object" || (Array.isArray(type) && type.includes("object"));
}

class OutputSchemaWalk {
  isExact = true;

  schema(schema: JsonObject, depth: number): JsonObject {
    if (depth > MAX_DEPTH) return schema;
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(schema)) {
      if (value === undefined) continue;
      if (this.#isRefused(key, value)) this.isExact &&= key.startsWith("$");
      else setField(result, key === "oneOf" ? "anyOf" : key, this.#value(key, { value, depth }));
    }
    if (isObjectType(schema.type) && schema.additionalProperties !== false) {
      this.isExact &&= schema.additionalProperties === undefined;
      result.additionalProperties = false;
    }
    return result;
  }

  #isRefused(key: string, value: JsonValue): boolean {
    // The API knows this one for the two smallest values only.
    if (key === "minItems") return value !== 0 && value !== 1;
    return REFUSED.has(key);
  }

  #value(key: string, { value, depth }: { value: JsonValue; depth: number }): JsonValue {
    if (DATA.has(key)) return value;
    if (Array.isArray(value)) {
      return value.map((one) => isObject(one) ? this.schema(one, depth + 1) : one);
    }
    if (!isObject(value)) return value;
    if (!SCHEMA_MAPS.has(key)) return this.schema(value, depth + 1);
    const map: JsonObject = {};
    for (const [name, one] of Object.entries(value)) {
      if (one !== undefined) setField(map, name, isObject(one) ? this.schema(one, depth + 1) : one);
    }
    return map;
  }
}
