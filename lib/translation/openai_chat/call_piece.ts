/**
 * Reads a tool call, or a piece of one, from an upstream's answer.
 *
 * As tolerant as can be: servers leave out ids, types and indices, put names and arguments beside
 * `function` instead of into it, and send arguments that are objects already.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { jsonText } from "./json_text.ts";

/** What a wire object says about a call; texts are empty where it says nothing. */
export interface CallPiece {
  index?: number;
  id: string;
  name: string;
  input: string;
  isFreeform: boolean;
  /** What Gemini wants back with the call. */
  extraContent?: JsonObject;
}

/** Reads an element of `tool_calls`. */
export function readCallPiece(wire: JsonObject): CallPiece {
  const isFreeform = isObject(wire.custom) && !isObject(wire.function);
  const definition = isFreeform ? wire.custom : wire.function;
  const { name, arguments: text, input } = isObject(definition) ? definition : wire;
  const piece: CallPiece = {
    id: textOf(wire.id),
    name: typeof name === "string" ? name : "",
    input: textOf(text ?? input),
    isFreeform,
  };
  const index = typeof wire.index === "string" ? Number(wire.index || NaN) : wire.index;
  if (Number.isInteger(index)) piece.index = index as number;
  if (isObject(wire.extra_content)) piece.extraContent = wire.extra_content;
  return piece;
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  return jsonText(value) ?? "";
}

/**
 * An id for a call that came without one.
 *
 * @param messageId The answer's id, which makes it different from those of other answers.
 * @param ordinal The call's number in its answer.
 */
export function madeUpId(messageId: string, ordinal: number): string {
  return messageId === "" ? `call_${ordinal}` : `call_${messageId}_${ordinal}`;
}
