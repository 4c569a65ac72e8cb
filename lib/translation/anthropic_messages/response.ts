/**
 * Whole answers: read from upstreams, written for clients.
 *
 * Reading is tolerant, since many servers speak this protocol in their own way. What only this
 * protocol knows stands in `extras` under its name, so that the codecs of others leave it alone.
 *
 * @see {@link https://platform.claude.com/docs/en/api/messages}
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { unknownFields } from "../../base/reader.ts";
import {
  type AssistantBlock,
  type Extended,
  isToolCall,
  type ReasoningBlock,
} from "../../chat/block.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { AnswerContext } from "../codec.ts";
import { seal } from "../sealed_state.ts";
import { COMMON_TOOL_ID, fitToolCallId } from "../tool_call_id.ts";
import { readStopReason, writeStopReason } from "./stop_reason.ts";
import { toolInput } from "./tool_input.ts";
import { readUsage, readWireUsage, USAGE_FIELDS, writeUsage } from "./usage.ts";
import { PROTOCOL, writeBack } from "./wire.ts";

const MESSAGE_FIELDS = new Set(["id", "type", "role", "model", "content", "stop_reason"]);
const TEXT_FIELDS = new Set(["type", "text"]);
const THINKING_FIELDS = new Set(["type", "thinking", "signature"]);
const TOOL_USE_FIELDS = new Set(["type", "id", "name", "input"]);

/** Reads an answer. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const content = decodeContent(body.content);
  if (content === undefined) throw noAnswer(body);
  const { stop_sequence: stopSequence } = body;
  const reason = readStopReason(body.stop_reason, content.some(isToolCall));
  return {
    id: text(body.id),
    model: text(body.model),
    content,
    stopReason: reason,
    ...(typeof stopSequence === "string" && { stopSequence }),
    usage: readUsage(readWireUsage(body.usage)),
    ...owned(responseExtras(body, writeStopReason(reason, content.some(isToolCall)))),
  };
}

/**
 * The id of an answer. Claude Code takes answers with one id for parts of one message; an id of
 * another protocol may come again (Ollama draws `chatcmpl-` and a number below 1000).
 */
export function messageId(id: string, context: AnswerContext): string {
  return id.startsWith("msg_") ? id : `msg_${context.id}`;
}

/** Writes an answer. */
export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const { stopReason, stopSequence, usage } = response;
  const content = response.content.map(encodeBlock).filter((block) => block !== undefined);
  const wire: JsonObject = {
    id: messageId(response.id, context),
    type: "message",
    role: "assistant",
    model: response.model || context.model,
    content,
    stop_reason: writeStopReason(stopReason, response.content.some(isToolCall)),
    stop_sequence: stopSequence ?? null,
    usage: writeUsage(usage, { inputTokens: context.estimatedInputTokens, outputTokens: 0 }),
  };
  return writeBack(wire, ownExtras(response));
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function noAnswer(body: JsonObject): GatewayError {
  const error = isObject(body.error) ? text(body.error.message) : "";
  const said = error === "" ? "it has no content" : `it reports an error: ${error}`;
  return new GatewayError("upstream", `Cannot read the upstream's answer: ${said}`);
}

function owned(fields: JsonObject | undefined): Extended {
  return fields === undefined ? {} : { extras: { [PROTOCOL]: fields } };
}

function ownExtras(node: Extended): Extended {
  const extras = node.extras?.[PROTOCOL];
  return isObject(extras) ? { extras } : {};
}

function responseExtras(body: JsonObject, stopReason: string): JsonObject | undefined {
  const rest = unknownFields(body, MESSAGE_FIELDS) ?? {};
  if (typeof rest.stop_sequence === "string" || rest.stop_sequence === null) {
    delete rest.stop_sequence;
  }
  if (isObject(rest.usage)) rest.usage = unknownFields(rest.usage, USAGE_FIELDS) ?? {};
  // One of Anthropic's reasons that has no canonical name.
  if (body.stop_reason !== undefined && body.stop_reason !== stopReason) {
    rest.stop_reason = body.stop_reason;
  }
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function decodeContent(value: JsonValue | undefined): AssistantBlock[] | undefined {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  return Array.isArray(value) ? value.filter(isObject).map(decodeBlock) : undefined;
}

function decodeBlock(block: JsonObject): AssistantBlock {
  switch (block.type) {
    case "text":
      return {
        type: "text",
        text: text(block.text),
        ...owned(unknownFields(block, TEXT_FIELDS)),
      };
    case "thinking":
      return {
        type: "reasoning",
        text: text(block.thinking),
        ...(text(block.signature) !== "" && {
          signature: { owner: PROTOCOL, value: text(block.signature) },
        }),
        ...owned(unknownFields(block, THINKING_FIELDS)),
      };
    case "tool_use":
      return {
        type: "tool-call",
        id: text(block.id),
        name: text(block.name),
        input: inputText(block.input),
        ...owned(unknownFields(block, TOOL_USE_FIELDS)),
      };
    default:
      return { type: "opaque", owner: PROTOCOL, value: block };
  }
}

/** The text of an input that came as an object, or, from servers that do not parse it, as text. */
export function inputText(input: JsonValue | undefined): string {
  if (typeof input === "string") return input === "" ? "{}" : input;
  try {
    return JSON.stringify(input ?? {});
  } catch {
    // Nested deeper than the stack: no tool takes that, and an answer must not fail for it.
    return "{}";
  }
}

function encodeBlock(block: AssistantBlock): JsonObject | undefined {
  switch (block.type) {
    case "text":
    case "refusal":
      return writeBack({ type: "text", text: block.text }, ownExtras(block));
    case "reasoning":
      return writeBack({
        type: "thinking",
        thinking: block.text,
        signature: thinkingSignature(block),
      }, ownExtras(block));
    case "tool-call":
      return writeBack({
        type: "tool_use",
        id: fitToolCallId(block.id, COMMON_TOOL_ID),
        name: block.name,
        input: toolInput(block).input,
      }, ownExtras(block));
    case "opaque":
      return block.owner === PROTOCOL ? block.value : undefined;
    case "image":
      // The protocol has no images in answers.
      return undefined;
    default:
      return block satisfies never;
  }
}

/** The proof that a client sends back with a thought: Anthropic's own, or a seal in its place. */
export function thinkingSignature({ signature }: Pick<ReasoningBlock, "signature">): string {
  return signature?.owner === PROTOCOL ? signature.value : seal(signature);
}
