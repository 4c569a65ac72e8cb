/**
 * Writes canonical stream events as Messages ones.
 *
 * @see {@link https://platform.claude.com/docs/en/build-with-claude/streaming}
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { Usage } from "../../chat/response.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { AnswerContext, StreamEncoder } from "../codec.ts";
import { COMMON_TOOL_ID, fitToolCallId } from "../tool_call_id.ts";
import { errorWire } from "./errors.ts";
import { messageId, thinkingSignature } from "./response.ts";
import { writeStopReason } from "./stop_reason.ts";
import { FREEFORM_FIELD } from "./tool_input.ts";
import { writeUsage } from "./usage.ts";
import { PROTOCOL } from "./wire.ts";

/** About how many characters make a token, for an upstream that does not count its answer. */
const CHARACTERS_PER_TOKEN = 4;

type Start = Extract<StreamEvent, { type: "message-start" }>;
type End = Extract<StreamEvent, { type: "message-end" }>;

/** Writes one streamed answer. */
export class MessagesStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  /** The index of the open block, or of the next one when none is open. */
  #index = 0;
  /** The open block; `undefined` also while one is skipped that this protocol cannot say. */
  #open: BlockStart | undefined;
  #usage: Usage = {};
  #hasToolCalls = false;
  #characters = 0;

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  push(event: StreamEvent): SseMessage[] {
    switch (event.type) {
      case "block-delta":
        return this.#delta(event.text);
      case "message-start":
        return [this.#messageStart(event)];
      case "block-start":
        return this.#blockStart(event.block);
      case "block-end":
        return this.#blockEnd(event);
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return [];
      case "message-end":
        return this.#messageEnd(event);
      case "error":
        return [sse("error", { error: errorWire(event.fault) })];
      default:
        return event satisfies never;
    }
  }

  #messageStart({ id, model }: Start): SseMessage {
    return sse("message_start", {
      message: {
        id: messageId(id, this.#context),
        type: "message",
        role: "assistant",
        model: model || this.#context.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // The upstream's own figures come at the end; clients want to show something before.
        usage: writeUsage({}, {
          inputTokens: this.#context.estimatedInputTokens,
          outputTokens: 0,
        }),
      },
    });
  }

  #blockStart(block: BlockStart): SseMessage[] {
    if (block.type === "opaque") return this.#opaqueStart(block);
    this.#open = block;
    if (block.type === "tool-call") this.#hasToolCalls = true;
    const start = this.#start(startWire(block));
    const isFreeform = block.type === "tool-call" && block.isFreeform;
    return isFreeform ? [start, this.#inputDelta(`{"${FREEFORM_FIELD}":"`)] : [start];
  }

  #opaqueStart(block: BlockStart & { type: "opaque" }): SseMessage[] {
    if (block.owner !== PROTOCOL) return [];
    this.#open = block;
    const { input } = block.value;
    if (!isObject(input)) return [this.#start(block.value)];
    // Clients gather a server tool's input from deltas, as they do for their own tools.
    return [this.#start({ ...block.value, input: {} }), this.#inputDelta(JSON.stringify(input))];
  }

  #start(block: JsonObject): SseMessage {
    return sse("content_block_start", { index: this.#index, content_block: block });
  }

  #delta(text: string): SseMessage[] {
    const block = this.#open;
    if (block === undefined) return [];
    this.#characters += text.length;
    switch (block.type) {
      case "text":
      case "refusal":
        return [this.#blockDelta({ type: "text_delta", text })];
      case "reasoning":
        return [this.#blockDelta({ type: "thinking_delta", thinking: text })];
      case "tool-call":
        // Inside the quotes of the one string that stands for free text.
        return [this.#inputDelta(block.isFreeform ? JSON.stringify(text).slice(1, -1) : text)];
      case "opaque":
        return [];
      default:
        return block satisfies never;
    }
  }

  #inputDelta(json: string): SseMessage {
    return this.#blockDelta({ type: "input_json_delta", partial_json: json });
  }

  #blockDelta(delta: JsonObject): SseMessage {
    return sse("content_block_delta", { index: this.#index, delta });
  }

  #blockEnd(event: Extract<StreamEvent, { type: "block-end" }>): SseMessage[] {
    const block = this.#open;
    if (block === undefined) return [];
    const messages: SseMessage[] = [];
    if (block.type === "reasoning") {
      const signature = thinkingSignature(event);
      messages.push(this.#blockDelta({ type: "signature_delta", signature }));
    } else if (block.type === "tool-call" && block.isFreeform) {
      messages.push(this.#inputDelta(`"}`));
    }
    messages.push(sse("content_block_stop", { index: this.#index }));
    this.#open = undefined;
    this.#index++;
    return messages;
  }

  #messageEnd({ stopReason, stopSequence }: End): SseMessage[] {
    return [
      sse("message_delta", {
        delta: {
          stop_reason: writeStopReason(stopReason, this.#hasToolCalls),
          stop_sequence: stopSequence ?? null,
        },
        usage: writeUsage(this.#usage, {
          inputTokens: this.#context.estimatedInputTokens,
          outputTokens: Math.ceil(this.#characters / CHARACTERS_PER_TOKEN),
        }),
      }),
      sse("message_stop", {}),
    ];
  }
}

function startWire(block: Exclude<BlockStart, { type: "opaque" }>): JsonObject {
  switch (block.type) {
    case "text":
    case "refusal":
      return { type: "text", text: "" };
    case "reasoning":
      return { type: "thinking", thinking: "", signature: "" };
    case "tool-call": {
      const id = fitToolCallId(block.id, COMMON_TOOL_ID);
      return { type: "tool_use", id, name: block.name, input: {} };
    }
    default:
      return block satisfies never;
  }
}

/** The event's name stands in its data too. */
function sse(type: string, fields: JsonObject): SseMessage {
  return { event: type, data: JSON.stringify({ type, ...fields }) };
}
