/**
 * Writes canonical events as a Chat stream.
 *
 * Every message is a `chat.completion.chunk` with all fields that strict clients check, and nothing
 * that Chat does not know: some SDKs fail on the first such thing.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat-streaming}
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { StopReason, Usage } from "../../chat/response.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { AnswerContext, StreamEncoder } from "../codec.ts";
import { faultError } from "../fault.ts";
import { encodeOpenAiError } from "../openai_error.ts";
import { fitToolCallId } from "../tool_call_id.ts";
import { finishReasonOf } from "./finish_reason.ts";
import { answerId, CLIENT_TOOL_ID } from "./response_encoder.ts";
import { encodeUsage } from "./usage.ts";

/** The fields of a delta that texts go to. */
const TEXT_FIELD: Readonly<Record<"text" | "refusal" | "reasoning", string>> = {
  text: "content",
  refusal: "refusal",
  reasoning: "reasoning_content",
};

/** Writes one streamed answer. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  /** What every chunk begins with. */
  #head = "";
  #block: BlockStart | undefined;
  /** Whether the open block has had a delta. */
  #hasText = false;
  #hasRefusal = false;
  /** The number of the latest tool call. */
  #callIndex = -1;
  #usage: Usage = {};

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  push(event: StreamEvent): SseMessage[] {
    switch (event.type) {
      case "message-start":
        return this.#start(event.id, event.model);
      case "block-start":
        return this.#blockStart(event.block);
      case "block-delta":
        return this.#blockDelta(event.text);
      case "block-end":
        return this.#blockEnd();
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return [];
      case "message-end":
        return this.#end(event.stopReason);
      case "error":
        // A `[DONE]` would make the failure look like an end.
        return [message(encodeOpenAiError(faultError(event.fault)))];
      default:
        return event satisfies never;
    }
  }

  #start(id: string, model: string): SseMessage[] {
    const head = {
      id: answerId(id, this.#context),
      object: "chat.completion.chunk",
      created: this.#context.createdAt,
      model: model || this.#context.model,
    };
    this.#head = `${JSON.stringify(head).slice(0, -1)},"choices":[`;
    return this.#delta({ role: "assistant", content: "" });
  }

  #delta(delta: JsonObject): SseMessage[] {
    return this.#choice(delta, "null");
  }

  #choice(delta: JsonObject, finishReason: string): SseMessage[] {
    const choice = `{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${finishReason}}`;
    return [{ event: "", data: `${this.#head}${choice}]}` }];
  }

  #blockStart(block: BlockStart): SseMessage[] {
    this.#block = block;
    this.#hasText = false;
    switch (block.type) {
      case "text":
      case "refusal":
      case "reasoning":
        return [];
      case "tool-call":
        return this.#callStart(block);
      case "opaque":
        return block.owner === "openai_chat" ? this.#delta(block.value) : [];
      default:
        return block satisfies never;
    }
  }

  #callStart({ id, name, isFreeform }: BlockStart & { type: "tool-call" }): SseMessage[] {
    this.#callIndex += 1;
    const type = isFreeform ? "custom" : "function";
    const definition = isFreeform ? { name, input: "" } : { name, arguments: "" };
    const call = {
      index: this.#callIndex,
      id: fitToolCallId(id, CLIENT_TOOL_ID),
      type,
      [type]: definition,
    };
    return this.#delta({ tool_calls: [call] });
  }

  #blockDelta(text: string): SseMessage[] {
    const block = this.#block;
    if (block === undefined || block.type === "opaque") return [];
    this.#hasText = true;
    if (block.type === "refusal") this.#hasRefusal = true;
    if (block.type === "tool-call") return this.#callDelta(text, block.isFreeform ?? false);
    return this.#delta({ [TEXT_FIELD[block.type]]: text });
  }

  #callDelta(text: string, isFreeform: boolean): SseMessage[] {
    const index = this.#callIndex;
    const call = isFreeform
      ? { index, custom: { input: text } }
      : { index, function: { arguments: text } };
    return this.#delta({ tool_calls: [call] });
  }

  #blockEnd(): SseMessage[] {
    const block = this.#block;
    this.#block = undefined;
    const isSilentCall = block?.type === "tool-call" && !block.isFreeform && !this.#hasText;
    // Clients parse the arguments, and an empty text is not JSON.
    return isSilentCall ? this.#callDelta("{}", false) : [];
  }

  #end(stopReason: StopReason): SseMessage[] {
    const messages = this.#choice({}, `"${finishReasonOf(stopReason, this.#hasRefusal)}"`);
    const usage = this.#context.includeUsage ? encodeUsage(this.#usage) : undefined;
    if (usage !== undefined) {
      messages.push({ event: "", data: `${this.#head}],"usage":${JSON.stringify(usage)}}` });
    }
    messages.push({ event: "", data: "[DONE]" });
    return messages;
  }
}

function message(data: JsonObject): SseMessage {
  return { event: "", data: JSON.stringify(data) };
}
