/**
 * JSON values as types, and the few questions that every reader of wire JSON asks.
 *
 * @module
 */

/** Any value that `JSON.parse` can return. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object; a key that is absent reads as `undefined`. */
export type JsonObject = { [key: string]: JsonValue | undefined };

/** Whether `value` is a JSON object: not `null`, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names the JSON type of `value`, with its article, for messages: "a string", "an object", "null". */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}

/** Reads `text` as JSON; `undefined` when it is not JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Not JSON is an answer here, not a failure: the caller knows what it means.
    return undefined;
  }
}

/**
 * Whether objects and lists lie in each other deeper than `limit`.
 *
 * Level by level rather than by recursion, which a deep value would overflow.
 */
export function isDeeperValue(value: JsonValue, limit: number): boolean {
  let level = [value].filter(isCollection);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((one) => (Array.isArray(one) ? one : Object.values(one)))
      .filter(isCollection);
  }
  return false;
}

function isCollection(value: JsonValue | undefined): value is JsonValue[] | JsonObject {
  return typeof value === "object" && value !== null;
}
