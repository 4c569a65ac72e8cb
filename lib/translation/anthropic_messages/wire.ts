/**
 * How the parts of a Messages body that only Anthropic understands are kept beside the canonical
 * ones, and how they are written back.
 *
 * Fields without a canonical home go into `extras`. A field that is present but `null` says the
 * same as an absent one, so it is no extra: `form.nulls` keeps its path, and the body comes out
 * as it came in.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Extended } from "../../chat/block.ts";

/** The name of this protocol, as the owner of what only it understands. */
export const PROTOCOL = "anthropic_messages";

/** The `anthropic-version` that this codec writes. */
export const API_VERSION = "2023-06-01";

/** Stands in an assistant's turn that would have no content left: the API refuses an empty one. */
export const EMPTY_TURN_TEXT = "(no answer)";

/** The known fields of an object, or of one of its fields that is an object itself. */
export type KnownFields = ReadonlySet<string>;

/** Assigns a field whose name came from the wire: `__proto__` too becomes a plain field. */
export function setField(object: JsonObject, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value;
  else {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

/**
 * What `object` carries beside its known fields.
 *
 * @param known The fields that have a canonical home.
 * @param nested Of fields that are objects and live on as canonical ones: their known fields.
 */
export function extended(
  object: JsonObject,
  known: KnownFields,
  nested: Readonly<Record<string, KnownFields>> = {},
): Extended {
  const extras: JsonObject = {};
  const nulls: string[][] = [];
  for (const [key, value] of Object.entries(object)) {
    const inner = Object.hasOwn(nested, key) ? nested[key] : undefined;
    if (value === null) nulls.push([key]);
    else if (value === undefined) continue;
    else if (inner === undefined) {
      if (!known.has(key)) setField(extras, key, value);
    } else if (isObject(value)) {
      const rest = extended(value, inner);
      if (rest.extras !== undefined) setField(extras, key, rest.extras);
      for (const path of nullPaths(rest)) nulls.push([key, ...path]);
    }
  }
  return {
    ...(Object.keys(extras).length > 0 && { extras }),
    ...(nulls.length > 0 && { form: { nulls } }),
  };
}

/** Adds to what is known of how a node was written. */
export function withForm(node: Extended, form: JsonObject | undefined): Extended {
  return form === undefined ? node : { ...node, form: { ...node.form, ...form } };
}

/** Writes the extras and explicit nulls of `node` into its wire form, and returns that. */
export function writeBack(wire: JsonObject, node: Extended): JsonObject {
  for (const [key, value] of Object.entries(node.extras ?? {})) {
    if (value === undefined) continue;
    const own = wire[key];
    setField(wire, key, isObject(own) && isObject(value) ? { ...value, ...own } : value);
  }
  for (const path of nullPaths(node)) writeNull(wire, path);
  return wire;
}

function writeNull(wire: JsonObject, [key, ...rest]: string[]): void {
  if (key === undefined) return;
  if (rest.length === 0) {
    if (!Object.hasOwn(wire, key)) setField(wire, key, null);
    return;
  }
  const inner = Object.hasOwn(wire, key) ? wire[key] : undefined;
  if (isObject(inner)) writeNull(inner, rest);
  else if (inner === undefined) {
    const created: JsonObject = {};
    writeNull(created, rest);
    setField(wire, key, created);
  }
}

function nullPaths(node: Extended): string[][] {
  const nulls = node.form?.nulls;
  return Array.isArray(nulls) ? nulls as string[][] : [];
}
