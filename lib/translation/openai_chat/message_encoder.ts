/**
 * Writes the messages of a Chat request.
 *
 * A conversation that came from a Chat client is written as it was; any other is first arranged,
 * and then written in the form that the simplest servers understand.
 *
 * @module
 */
import { type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import {
  type AssistantBlock,
  isToolCall,
  type ReasoningBlock,
  type TextBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
} from "../../chat/block.ts";
import type { ChatRequest, Message } from "../../chat/request.ts";
import type { PartBlock } from "./content_part_decoder.ts";
import { encodeContent } from "./content_part_encoder.ts";
import type { EncodingContext } from "./encoding_context.ts";
import { arrangeHistory } from "./history.ts";
import { joinedText } from "./joined_text.ts";
import { encodeOwnAssistant } from "./own_assistant_encoder.ts";
import { readState } from "./reasoning_state.ts";
import { writeRest } from "./wire_rest.ts";

type AssistantMessage = Message & { role: "assistant" };

/** Writes the field `messages`. */
export function encodeMessages(request: ChatRequest, context: EncodingContext): JsonObject[] {
  const { messages } = request;
  const arranged = context.isOwn ? messages : arrangeHistory(messages, context);
  return arranged.flatMap((message) => encodeMessage(message, context));
}

function encodeMessage(message: Message, context: EncodingContext): JsonObject[] {
  switch (message.role) {
    case "system":
      return encodeSystem(message, context);
    case "user":
      return encodeUser(message, context);
    case "assistant":
      return [context.isOwn ? encodeOwnAssistant(message, context) : encodeTurn(message, context)];
    default:
      return message satisfies never;
  }
}

function encodeSystem(
  message: Message & { role: "system" },
  context: EncodingContext,
): JsonObject[] {
  const content = encodeContent(message, { blocks: message.content, context });
  if (context.isOwn) {
    const role = message.form?.role ?? "system";
    return [{ role, content, ...writeRest(message, true) }];
  }
  return content === "" ? [] : [{ role: "system", content }];
}

function encodeUser(message: Message & { role: "user" }, context: EncodingContext): JsonObject[] {
  const results = message.content.filter(isToolResult).map((one) => encodeResult(one, context));
  const blocks = message.content.filter(isPart);
  if (blocks.length === 0 && results.length > 0) return results;
  const wire: JsonObject = { role: "user" };
  wire.content = encodeContent(message, { blocks, context });
  if (message.name !== undefined) wire.name = message.name;
  return [...results, { ...wire, ...writeRest(message, context.isOwn) }];
}

function isToolResult(block: UserBlock): block is ToolResultBlock {
  return block.type === "tool-result";
}

function isPart(block: UserBlock): block is PartBlock {
  return block.type !== "tool-result";
}

function encodeResult(block: ToolResultBlock, context: EncodingContext): JsonObject {
  const { isOwn, ids } = context;
  const content = encodeContent(block, { blocks: block.content, context });
  if (isOwn && block.form?.role === "function") {
    return { role: "function", content, ...writeRest(block, true) };
  }
  const wire: JsonObject = { role: "tool", tool_call_id: ids.result(block.toolCallId) };
  wire.content = block.isError ? markedError(content, context) : content;
  return { ...wire, ...writeRest(block, isOwn) };
}

/** Chat has no field that says that a tool failed; the model learns it from the text. */
function markedError(content: JsonValue, { losses, words }: EncodingContext): JsonValue {
  losses.add(words.isError, "approximated", false);
  const isMarked = typeof content !== "string" || /^\W{0,3}error/i.test(content);
  return isMarked ? content : `Error: ${content}`;
}

/** Writes a model's turn of another protocol. */
function encodeTurn(message: AssistantMessage, context: EncodingContext): JsonObject {
  const { quirks } = context;
  const blocks = message.content.map((block) => sayable(block, context));
  const text = joinedText(blocks, "text");
  const replay = replayOf(blocks, context);
  const calls = blocks.filter(isToolCall).map((call) => ({
    ...encodeCall(call, context),
    ...replay.extraContent.get(call),
  }));
  const wire: JsonObject = { role: "assistant", content: text };
  if (message.name !== undefined) wire.name = message.name;
  if (quirks.reasoningContent) {
    // Kimi refuses a turn with calls and without thoughts, also when there were none.
    const thoughts = joinedText(blocks, "reasoning") || (calls.length > 0 ? " " : "");
    if (thoughts !== "") wire.reasoning_content = thoughts;
  } else if (text === "" && calls.length > 0) {
    wire.content = null;
  }
  if (replay.details.length > 0) wire.reasoning_details = replay.details;
  if (calls.length > 0) wire.tool_calls = calls;
  return wire;
}

/** A model's words must be text: most servers do not know the field `refusal`. */
function sayable(block: AssistantBlock, { losses, words }: EncodingContext): AssistantBlock {
  if (block.type === "image") losses.add(words.image, "dropped", true);
  if (block.type !== "refusal") return block;
  losses.add(words.refusal, "approximated", false);
  const text: TextBlock = { type: "text", text: block.text };
  return text;
}

/** What a server gave with an earlier turn and wants back. */
interface Replay {
  details: JsonValue[];
  extraContent: Map<ToolCallBlock, JsonObject>;
}

function replayOf(blocks: readonly AssistantBlock[], context: EncodingContext): Replay {
  const replay: Replay = { details: [], extraContent: new Map() };
  let extraContent: JsonObject | undefined;
  for (const block of blocks) {
    if (block.type === "reasoning") {
      const state = readState(block.signature, context.model);
      if (state === undefined) noteDropped(block, context);
      for (const detail of state?.reasoningDetails ?? []) replay.details.push(detail);
      extraContent = state?.extraContent ?? extraContent;
    } else if (block.type === "tool-call" && extraContent !== undefined) {
      replay.extraContent.set(block, { extra_content: extraContent });
      extraContent = undefined;
    }
  }
  return replay;
}

/** Thoughts that the route does not want back are not sent; with it, only their proof is lost. */
function noteDropped(block: ReasoningBlock, { quirks, losses, words }: EncodingContext): void {
  if (quirks.reasoningContent && block.text !== "") return;
  losses.add(words.thinking, "dropped", false);
}

function encodeCall(call: ToolCallBlock, context: EncodingContext): JsonObject {
  const text = call.isFreeform ? JSON.stringify({ input: call.input }) : argumentsOf(call, context);
  const id = context.ids.call(call.id);
  return { id, type: "function", function: { name: call.name, arguments: text } };
}

/** Servers parse the arguments of earlier calls, and some answer 500 when that fails. */
function argumentsOf({ input }: ToolCallBlock, { losses, words }: EncodingContext): string {
  if (input.trim() === "") return "{}";
  if (parseJson(input) !== undefined) return input;
  losses.add(words.toolInput, "approximated", false);
  return JSON.stringify({ _raw: input });
}
