/**
 * Tool input between text and object.
 *
 * The canonical form keeps the text that the model wrote; a Messages body holds the parsed object.
 *
 * @module
 */
import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import type { ToolCallBlock } from "../../chat/block.ts";

/** Carries input that is no JSON object: the API takes objects only. */
const RAW_FIELD = "_raw";

/** The one property of a function that stands for a tool which takes free text. */
export const FREEFORM_FIELD = "input";

/**
 * Reads a call's input as the object that a `tool_use` block holds.
 *
 * @returns `isExact` is `false` when the text was no JSON object; it then stands in the field
 *   `_raw` as it came.
 */
export function toolInput(call: ToolCallBlock): { input: JsonObject; isExact: boolean } {
  if (call.isFreeform) return { input: { [FREEFORM_FIELD]: call.input }, isExact: true };
  // Many upstreams write nothing at all for a tool without parameters.
  if (call.input.trim() === "") return { input: {}, isExact: true };
  const value = parseJson(call.input);
  if (isObject(value)) return { input: value, isExact: true };
  // Some models encode their arguments twice.
  const inner = typeof value === "string" ? parseJson(value) : undefined;
  if (isObject(inner)) return { input: inner, isExact: true };
  return { input: { [RAW_FIELD]: call.input }, isExact: false };
}
