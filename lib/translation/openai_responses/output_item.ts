/**
 * Reads single fields of an upstream's output items, whatever their types are.
 *
 * Whole answers and streams ask the same questions; servers that imitate this protocol leave
 * fields out and send objects for texts, and none of that is worth losing an answer.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import { PROTOCOL } from "./form.ts";
import { joinNamespace } from "./namespaces.ts";

/** What an output item is; `opaque` is any that only this protocol knows. */
export type ItemKind = "message" | "reasoning" | "function" | "freeform" | "opaque";

const KINDS: ReadonlyMap<unknown, ItemKind> = new Map<unknown, ItemKind>([
  ["message", "message"],
  ["reasoning", "reasoning"],
  ["function_call", "function"],
  ["custom_tool_call", "freeform"],
]);

/** The kind of an item. */
export function kindOf(item: JsonObject): ItemKind {
  const kind = KINDS.get(item.type);
  if (kind !== undefined) return kind;
  return item.type === undefined && item.content !== undefined ? "message" : "opaque";
}

/** `value` if it is a text that says something. */
export function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The elements of a list that are objects; none for anything else. */
export function objectsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The words of a part of a message, and whether they decline. */
export interface Words {
  type: "text" | "refusal";
  text: string;
}

const WORD_TYPES: ReadonlySet<unknown> = new Set(["output_text", "text", "refusal", undefined]);

/** The words of a part; `undefined` for a part of another kind. */
export function wordsOf(part: JsonObject): Words | undefined {
  if (!WORD_TYPES.has(part.type)) return undefined;
  if (part.type === "refusal" || typeof part.refusal === "string") {
    return { type: "refusal", text: textOf(part.refusal) ?? textOf(part.text) ?? "" };
  }
  return { type: "text", text: textOf(part.text) ?? "" };
}

/** The parts of a message; a bare text counts as one. */
export function partsOf(item: JsonObject): JsonObject[] {
  return typeof item.content === "string"
    ? [{ type: "output_text", text: item.content }]
    : objectsOf(item.content);
}

/** The text of a thought: the raw one where there is one, else the summary. */
export function thoughtOf(item: JsonObject): string {
  const content = textsOf(item.content);
  return (content.length > 0 ? content : textsOf(item.summary)).join("\n\n");
}

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return objectsOf(value).map((part) => textOf(part.text)).filter((text) => text !== undefined);
}

/** The proof of a thought, with which its upstream knows it again. */
export function signatureOf(item: JsonObject): OpaqueState | undefined {
  const value = textOf(item.encrypted_content);
  return value === undefined ? undefined : { owner: PROTOCOL, value };
}

/** What the model wrote for a tool; an object is written out. */
export function toolInputOf(item: JsonObject): string {
  return inputText(item.arguments ?? item.input);
}

/** A tool's input as text, whatever it came as. */
export function inputText(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than can be written: no tool would read it either.
    return "";
  }
}

/** The id and name of a call; `fallbackId` for a server that gives none. */
export function callOf(item: JsonObject, fallbackId: string): { id: string; name: string } {
  const name = textOf(item.name) ?? "";
  const namespace = textOf(item.namespace);
  const joined = namespace === undefined ? undefined : joinNamespace(namespace, name);
  return { id: textOf(item.call_id) ?? textOf(item.id) ?? fallbackId, name: joined ?? name };
}
