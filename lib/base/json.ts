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
 * It goes no deeper than that itself, so a limit that the stack can hold is safe with any value.
 */
export function isDeeperValue(value: JsonValue | undefined, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (limit === 0) return true;
  if (Array.isArray(value)) return value.some((one) => isDeeperValue(one, limit - 1));
  for (const key in value) if (isDeeperValue(value[key], limit - 1)) return true;
  return false;
}
