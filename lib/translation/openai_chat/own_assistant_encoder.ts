/**
 * Writes a model's turn that a Chat client sent, exactly as it was.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import {
  type AssistantBlock,
  isToolCall,
  type ReasoningBlock,
  type RefusalBlock,
  type ToolCallBlock,
} from "../../chat/block.ts";
import type { Message } from "../../chat/request.ts";
import { encodePart } from "./content_part_encoder.ts";
import type { EncodingContext } from "./encoding_context.ts";
import { writeNestedRest, writeRest } from "./wire_rest.ts";

/** Writes the wire message that `message` was read from. */
export function encodeOwnAssistant(
  message: Message & { role: "assistant" },
  context: EncodingContext,
): JsonObject {
  const form = message.form ?? {};
  const wire: JsonObject = { role: "assistant" };
  if (form.content !== "absent") wire.content = ownContent(message.content, { form, context });
  if (message.name !== undefined) wire.name = message.name;
  if (typeof form.reasoning === "string") {
    wire[form.reasoning] = textOf(message.content.filter(isThoughtField));
  }
  if (form.refusal === true) wire.refusal = textOf(message.content.filter(isRefusalField));
  const calls = message.content.filter(isToolCall);
  if (form.toolCalls === true) {
    wire.tool_calls = calls.filter((call) => !isLegacy(call)).map((call) => ownCall(call, context));
  }
  const legacy = calls.find(isLegacy);
  if (legacy !== undefined) wire.function_call = functionCall(legacy);
  // Comes last: a content that was null is among the rest.
  return { ...wire, ...writeRest(message, true) };
}

function isThoughtField(block: AssistantBlock): block is ReasoningBlock {
  return block.type === "reasoning" && block.form?.part === undefined;
}

function isRefusalField(block: AssistantBlock): block is RefusalBlock {
  return block.type === "refusal" && block.form?.isField === true;
}

function isLegacy(call: ToolCallBlock): boolean {
  return call.form?.isLegacy === true;
}

function textOf(blocks: readonly { text: string }[]): string {
  return blocks.map((block) => block.text).join("");
}

function ownContent(
  blocks: readonly AssistantBlock[],
  { form, context }: { form: JsonObject; context: EncodingContext },
): JsonValue {
  if (form.content === "string") return textOf(blocks.filter((block) => block.type === "text"));
  return blocks.flatMap((block) => ownPart(block, context));
}

function ownPart(block: AssistantBlock, context: EncodingContext): JsonValue[] {
  switch (block.type) {
    case "text":
    case "image":
    case "opaque":
      return encodePart(block, context);
    case "refusal":
      if (block.form?.isField === true) return [];
      return [{ type: "refusal", refusal: block.text, ...writeRest(block, true) }];
    case "reasoning":
      return block.form?.part === undefined ? [] : [block.form.part];
    case "tool-call":
      return [];
    default:
      return block satisfies never;
  }
}

function ownCall(call: ToolCallBlock, { ids }: EncodingContext): JsonObject {
  const innerKey = call.isFreeform ? "custom" : "function";
  const { outer, inner } = writeNestedRest(call, { isOwn: true, innerKey });
  const wire: JsonObject = { id: ids.call(call.id) };
  if (call.form?.isUntyped !== true) wire.type = innerKey;
  const input = call.isFreeform ? { input: call.input } : { arguments: call.input };
  return { ...wire, ...outer, [innerKey]: { name: call.name, ...input, ...inner } };
}

function functionCall(call: ToolCallBlock): JsonObject {
  return { name: call.name, arguments: call.input, ...writeRest(call, true) };
}
