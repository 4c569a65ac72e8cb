/**
 * Writes a whole answer for a Chat client.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/object}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { type AssistantBlock, isToolCall, type ToolCallBlock } from "../../chat/block.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerContext } from "../codec.ts";
import { fitToolCallId } from "../tool_call_id.ts";
import { finishReasonOf } from "./finish_reason.ts";
import { ownOf } from "./response_rest.ts";
import { encodeUsage } from "./usage.ts";

/** Chat clients take any id; this keeps out what could not be shown or logged. */
export const CLIENT_TOOL_ID = "^[!-~]{1,256}$";

/** The id of an answer that brings none. */
export function answerId(id: string, context: AnswerContext): string {
  return id || `chatcmpl-${context.id}`;
}

/** The input of a function call as a client may parse it. */
function parsableInput({ input, isFreeform }: ToolCallBlock): string {
  return input === "" && !isFreeform ? "{}" : input;
}

/** Writes an answer; see `Codec.encodeResponse`. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const own = ownOf(response);
  const body: JsonObject = {
    id: answerId(response.id, context),
    object: "chat.completion",
    created: context.createdAt,
    model: response.model || context.model,
    choices: [encodeChoice(response, own), ...listOf(own?.choices)],
  };
  const usage = encodeUsage(response.usage);
  if (usage !== undefined) body.usage = usage;
  return { ...body, ...fieldsOf(own?.answer) };
}

function encodeChoice(response: ChatResponse, own: JsonObject | undefined): JsonObject {
  const rest = own === undefined ? { logprobs: null } : fieldsOf(own.choice);
  const hasRefusal = response.content.some((block) => block.type === "refusal");
  const finish = finishReasonOf(response.stopReason, hasRefusal);
  return { index: 0, message: encodeMessage(response, own), finish_reason: finish, ...rest };
}

function fieldsOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function encodeMessage({ content }: ChatResponse, own: JsonObject | undefined): JsonObject {
  const calls = content.filter(isToolCall);
  const legacy = calls.find((call) => ownOf(call)?.isLegacy === true);
  const text = textOf(content, "text");
  const isEmpty = text === "" && calls.length > 0;
  const message: JsonObject = { role: "assistant", content: isEmpty ? null : text };
  const refusal = textOf(content, "refusal");
  if (refusal !== "" || own === undefined) message.refusal = refusal === "" ? null : refusal;
  const thoughts = textOf(content, "reasoning");
  if (thoughts !== "") message[thoughtField(content)] = thoughts;
  for (const block of content) {
    if (block.type === "opaque" && block.owner === "openai_chat") {
      Object.assign(message, block.value);
    }
  }
  if (legacy !== undefined) message.function_call = definition(legacy);
  else if (calls.length > 0) message.tool_calls = calls.map(encodeCall);
  return { ...message, ...fieldsOf(own?.message) };
}

/** Chat has one field for all words of a kind; they are put together as they came. */
function textOf(
  content: readonly AssistantBlock[],
  type: "text" | "refusal" | "reasoning",
): string {
  return content.map((block) => block.type === type ? block.text : "").join("");
}

/** OpenRouter's clients look for thoughts elsewhere than DeepSeek's, whom most servers follow. */
function thoughtField(content: readonly AssistantBlock[]): string {
  const block = content.find((one) => one.type === "reasoning");
  const field = block?.type === "reasoning" ? ownOf(block)?.field : undefined;
  return typeof field === "string" ? field : "reasoning_content";
}

function definition(call: ToolCallBlock): JsonObject {
  const { name, isFreeform } = call;
  const text = parsableInput(call);
  return isFreeform ? { name, input: text } : { name, arguments: text };
}

function encodeCall(call: ToolCallBlock): JsonObject {
  const type = call.isFreeform ? "custom" : "function";
  const { [type]: inner, ...outer } = ownOf(call) ?? {};
  const id = fitToolCallId(call.id, CLIENT_TOOL_ID);
  return { id, type, [type]: { ...definition(call), ...fieldsOf(inner) }, ...outer };
}
