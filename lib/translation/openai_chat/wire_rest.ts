/**
 * What is left of a wire object when the canonical fields were read, and how it is written back.
 *
 * A body that was read and is written for the same protocol must come out equal, so everything
 * that has no canonical field is kept: unknown fields as `extras` (other protocols lose them), and
 * which known fields were `null` as `form` (other protocols lose nothing by that).
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Extended } from "../../chat/block.ts";

/** What a wire object holds beside the fields that were read from it. */
interface Rest {
  extras?: JsonObject;
  nulls?: string[];
}

/** Splits off the fields of `wire` that are not in `known`, or that are `null`. */
function restOf(wire: JsonObject, known: ReadonlySet<string>): Rest {
  let extras: [string, JsonValue][] | undefined;
  let nulls: string[] | undefined;
  for (const [key, value] of Object.entries(wire)) {
    if (value === undefined) continue;
    if (value === null) (nulls ??= []).push(key);
    else if (!known.has(key)) (extras ??= []).push([key, value]);
  }
  const rest: Rest = {};
  // fromEntries defines keys instead of setting them: a field named `__proto__` stays a field.
  if (extras !== undefined) rest.extras = Object.fromEntries(extras);
  if (nulls !== undefined) rest.nulls = nulls;
  return rest;
}

/** How {@linkcode keepRest} reads a wire object. */
export interface KeepRestOptions {
  /** The fields that `node` has in canonical form. */
  known: ReadonlySet<string>;
  /** What else says how the source wrote this node. */
  form?: JsonObject;
  /** The known fields of the object in field `key`, which holds the actual definition. */
  inner?: { key: string; known: ReadonlySet<string> };
}

/** Gives `node` all that its canonical fields do not say of the wire object it was read from. */
export function keepRest<T extends Extended>(
  node: T,
  wire: JsonObject,
  { known, form = {}, inner }: KeepRestOptions,
): T {
  const outer = restOf(wire, known);
  const extras = { ...outer.extras };
  if (outer.nulls !== undefined) form.nulls = outer.nulls;
  const innerWire = inner && wire[inner.key];
  if (inner !== undefined && isObject(innerWire)) {
    const rest = restOf(innerWire, inner.known);
    if (rest.extras !== undefined) extras[inner.key] = rest.extras;
    if (rest.nulls !== undefined) form.innerNulls = rest.nulls;
  }
  if (Object.keys(extras).length > 0) node.extras = extras;
  if (Object.keys(form).length > 0) node.form = form;
  return node;
}

/** The fields that {@linkcode keepRest} kept of a flat wire object. */
export function writeRest(node: Extended, isOwn: boolean): JsonObject {
  if (!isOwn) return {};
  return { ...node.extras, ...nullFields(node.form?.nulls) };
}

/** The fields that {@linkcode keepRest} kept of a wire object whose definition is in `innerKey`. */
export function writeNestedRest(
  node: Extended,
  { isOwn, innerKey }: { isOwn: boolean; innerKey: string },
): { outer: JsonObject; inner: JsonObject } {
  if (!isOwn) return { outer: {}, inner: {} };
  const { [innerKey]: inner, ...outer } = node.extras ?? {};
  return {
    outer: { ...outer, ...nullFields(node.form?.nulls) },
    inner: { ...(isObject(inner) ? inner : {}), ...nullFields(node.form?.innerNulls) },
  };
}

function nullFields(keys: JsonValue | undefined): JsonObject {
  return Array.isArray(keys) ? Object.fromEntries(keys.map((key) => [key, null])) : {};
}
