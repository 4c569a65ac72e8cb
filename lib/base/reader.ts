/**
 * Reads fields of a client's JSON, and names the place when a value has the wrong type.
 *
 * Each `read…` returns `undefined` for a field that is absent or `null` (clients send both for
 * "not set") and throws a 400 {@linkcode GatewayError} for any other type than its own; each
 * `require…` also throws when the field is absent.
 *
 * A place is a path in the body, as a person would write it: `messages[2].content[0]`. The root's
 * place is the empty string.
 *
 * @module
 */
import { badRequest, GatewayError } from "./error.ts";
import { isObject, type JsonObject, type JsonValue, typeName } from "./json.ts";

/** The place of field `key` of the object at `place`. */
export function at(place: string, key: string | number): string {
  if (typeof key === "number") return `${place}[${key}]`;
  return place === "" ? key : `${place}.${key}`;
}

/** A 400 for a value of the wrong type. */
export function wrongType(place: string, expected: string, value: unknown): GatewayError {
  return badRequest(place, `expected ${expected}, got ${typeName(value)}`);
}

type Guard<T extends JsonValue> = (value: JsonValue) => value is T;

function read<T extends JsonValue>(
  object: JsonObject,
  key: string,
  { place, expected, guard }: { place: string; expected: string; guard: Guard<T> },
): T | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!guard(value)) throw wrongType(at(place, key), expected, value);
  return value;
}

function required<T>(value: T | undefined, key: string, place: string): T {
  if (value === undefined) throw badRequest(at(place, key), "missing");
  return value;
}

const isString = (value: JsonValue) => typeof value === "string";
const isNumber = (value: JsonValue) => typeof value === "number";
const isBoolean = (value: JsonValue) => typeof value === "boolean";
const isArray = (value: JsonValue): value is JsonValue[] => Array.isArray(value);

/** A string. */
export function readString(object: JsonObject, key: string, place: string): string | undefined {
  return read(object, key, { place, expected: "a string", guard: isString });
}

/** A string that must be there. */
export function requireString(object: JsonObject, key: string, place: string): string {
  return required(readString(object, key, place), key, place);
}

/** A number. */
export function readNumber(object: JsonObject, key: string, place: string): number | undefined {
  return read(object, key, { place, expected: "a number", guard: isNumber });
}

/** A boolean. */
export function readBoolean(object: JsonObject, key: string, place: string): boolean | undefined {
  return read(object, key, { place, expected: "a boolean", guard: isBoolean });
}

/** An object. */
export function readObject(object: JsonObject, key: string, place: string): JsonObject | undefined {
  return read(object, key, {
    place,
    expected: "an object",
    guard: isObject as Guard<{ [key: string]: JsonValue }>,
  });
}

/** An object that must be there. */
export function requireObject(object: JsonObject, key: string, place: string): JsonObject {
  return required(readObject(object, key, place), key, place);
}

/** An array. */
export function readArray(object: JsonObject, key: string, place: string): JsonValue[] | undefined {
  return read(object, key, { place, expected: "an array", guard: isArray });
}

/** An array that must be there. */
export function requireArray(object: JsonObject, key: string, place: string): JsonValue[] {
  return required(readArray(object, key, place), key, place);
}

/** One of a closed list of strings. */
export function readEnum<T extends string>(
  object: JsonObject,
  key: string,
  { place, values }: { place: string; values: readonly T[] },
): T | undefined {
  const value = readString(object, key, place);
  if (value === undefined) return undefined;
  const found = values.find((one) => one === value);
  if (found === undefined) {
    throw badRequest(at(place, key), `expected one of ${values.join(", ")}, got "${value}"`);
  }
  return found;
}

/** Takes a list element that must be an object. */
export function asObject(value: JsonValue | undefined, place: string): JsonObject {
  if (!isObject(value)) throw wrongType(place, "an object", value);
  return value;
}

/** Takes a list element that must be a string. */
export function asString(value: JsonValue | undefined, place: string): string {
  if (typeof value !== "string") throw wrongType(place, "a string", value);
  return value;
}

/**
 * The fields of `object` whose keys are not in `known`: what only this protocol understands.
 *
 * @returns A new object, or `undefined` when there are none.
 */
export function unknownFields(
  object: JsonObject,
  known: ReadonlySet<string>,
): JsonObject | undefined {
  const rest = Object.entries(object)
    .filter(([key, value]) => !known.has(key) && value !== undefined);
  // Not by assignment: to assign to `__proto__` is not to set a field.
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
