/**
 * What the canonical conversation does not keep of a wire object, remembered so that writing it
 * again gives an equal one.
 *
 * Two places: `extras` for what would be lost in another protocol, `form` for what says nothing
 * there. Quiet fields (`null`, an empty list nobody knows, the id of an item) are of the second
 * kind, kept whole under `form.quiet`.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asString,
  at,
  readArray,
  readBoolean,
  readNumber,
  readObject,
  readString,
} from "../../base/reader.ts";
import type { Extended } from "../../chat/block.ts";

/** The name under which this codec marks what is its own. */
export const PROTOCOL = "openai_responses";

const NONE: ReadonlySet<string> = new Set();

/** Which fields of an object the canonical conversation holds, and which are not worth a loss. */
export interface FieldNames {
  known: ReadonlySet<string>;
  quiet?: ReadonlySet<string>;
}

/**
 * What is left of `object` beside its known fields.
 *
 * @param form What else must be remembered about how it was written.
 */
export function remember(object: JsonObject, names: FieldNames, form?: JsonObject): Extended {
  const { known, quiet = NONE } = names;
  const extras: [string, JsonValue][] = [];
  const unsaid: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (value === null || quiet.has(key)) unsaid.push([key, value]);
    else if (!known.has(key)) (isEmptyList(value) ? unsaid : extras).push([key, value]);
  }
  const left: Extended = {};
  // `fromEntries` and spreads define keys; assigning would let a key `__proto__` set a prototype.
  if (extras.length > 0) left.extras = Object.fromEntries(extras);
  if (unsaid.length > 0) left.form = { ...form, quiet: Object.fromEntries(unsaid) };
  else if (form !== undefined && Object.keys(form).length > 0) left.form = form;
  return left;
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** `wire` with everything that {@linkcode remember} kept of its first writing. */
export function writeBack(wire: JsonObject, left: Extended): JsonObject {
  const quiet = left.form?.quiet;
  return { ...(isObject(quiet) ? quiet : undefined), ...wire, ...left.extras };
}

/** The fields of an object that have a value: absent ones must not be there at all. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** `fields` without those that are `undefined`. */
export function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}

const CHECKS = { string: readString, number: readNumber, boolean: readBoolean };

/** The JSON type that a field must have when it is there. */
export type FieldType = keyof typeof CHECKS | "object" | "array" | "strings";

/** Checks fields that are only passed on. @throws {GatewayError} 400 for one of a wrong type. */
export function checkTypes(
  object: JsonObject,
  types: Readonly<Record<string, FieldType>>,
  place: string,
): void {
  for (const [key, type] of Object.entries(types)) {
    if (type === "object") readObject(object, key, place);
    else if (type === "array") readArray(object, key, place);
    else if (type === "strings") checkStrings(object, key, place);
    else CHECKS[type](object, key, place);
  }
}

function checkStrings(object: JsonObject, key: string, place: string): void {
  readArray(object, key, place)?.forEach((one, index) => asString(one, at(at(place, key), index)));
}
