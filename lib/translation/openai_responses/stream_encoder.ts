/**
 * Writes canonical events as a Responses stream.
 *
 * Clients put the answer together from these events and check every one: each item is added, grows
 * and is done under one id and index, and the last event repeats the whole.
 *
 * Pure. One instance per answer.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/responses-streaming}
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import type { StopReason, UpstreamFault, Usage } from "../../chat/response.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { AnswerContext, StreamEncoder } from "../codec.ts";
import { faultError } from "../fault.ts";
import { encodeOpenAiError } from "../openai_error.ts";
import { EventWriter } from "./event_writer.ts";
import { PROTOCOL } from "./form.ts";
import {
  callItem,
  ItemIds,
  type ItemStatus,
  messageItem,
  NO_ARGUMENTS,
  reasoningItem,
  wordsPart,
} from "./output_writer.ts";
import { type ResponseFields, responseId, responseObject } from "./response_object.ts";
import { endingOf, type Seen } from "./stop_reason.ts";
import { encodeUsage } from "./usage.ts";

type WordsType = "text" | "refusal";
type Call = BlockStart & { type: "tool-call" };

/** The block that is open; `none` also stands for one that has no words here. */
type OpenBlock =
  | { type: WordsType }
  | { type: "reasoning"; id: string }
  | { type: "call"; id: string; call: Call }
  | { type: "none" };

/** An item whose end is told when it is known whether something follows. */
type HeldItem =
  | { type: "message"; id: string; parts: JsonObject[] }
  | { type: "call"; id: string; call: Call; input: string };

const WORDS_EVENT = { text: "response.output_text", refusal: "response.refusal" } as const;

/** Writes one stream. */
export class ResponsesStreamEncoder implements StreamEncoder {
  readonly #context: AnswerContext;
  readonly #ids: ItemIds;
  readonly #writer: EventWriter;
  /** The answer's id and model, once it has begun. */
  #answer: { id: string; model: string } | undefined;
  #usage: Usage = {};
  #block: OpenBlock = { type: "none" };
  /** The text of the open block so far. */
  #text = "";
  #held: HeldItem | undefined;
  readonly #seen: Seen = { hasWords: false, hasRefusal: false, hasToolCall: false };

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#ids = new ItemIds(context.id);
    this.#writer = new EventWriter(context.firstNumber);
  }

  push(event: StreamEvent): SseMessage[] {
    switch (event.type) {
      case "message-start":
        this.#start(event.id, event.model);
        break;
      case "block-start":
        this.#text = "";
        this.#blockStart(event.block);
        break;
      case "block-delta":
        this.#delta(event.text);
        break;
      case "block-end":
        this.#blockEnd(event.signature);
        break;
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        break;
      case "message-end":
        this.#messageEnd(event.stopReason);
        break;
      case "error":
        this.#error(event.fault);
        break;
      default:
        event satisfies never;
    }
    return this.#writer.take();
  }

  #start(id: string, model: string): void {
    const context = this.#context;
    this.#answer = { id: responseId(id, context), model: model === "" ? context.model : model };
    const response = this.#response({ status: "in_progress" });
    this.#writer.write("response.created", { response });
    this.#writer.write("response.in_progress", { response });
  }

  #response(fields: Omit<ResponseFields, "id" | "model" | "output">): JsonObject {
    const answer = this.#answer ??
      { id: responseId("", this.#context), model: this.#context.model };
    return responseObject({ ...answer, output: this.#writer.output, ...fields }, this.#context);
  }

  #blockStart(block: BlockStart): void {
    switch (block.type) {
      case "text":
      case "refusal":
        return this.#wordsStart(block.type);
      case "reasoning": {
        this.#settle("completed");
        const id = this.#ids.next("reasoning");
        this.#block = { type: "reasoning", id };
        return this.#writer.add({ id, type: "reasoning", summary: [] });
      }
      case "tool-call": {
        this.#settle("completed");
        this.#seen.hasToolCall = true;
        const id = this.#ids.next(block.isFreeform ? "freeform" : "function");
        this.#block = { type: "call", id, call: block };
        return this.#writer.add(callOf({ id, call: block, input: "" }, "in_progress"));
      }
      case "opaque":
        return this.#opaque(block);
      default:
        return block satisfies never;
    }
  }

  #wordsStart(type: WordsType): void {
    this.#block = { type };
    if (type === "refusal") this.#seen.hasRefusal = true;
    const { id, parts } = this.#openMessage();
    const part = wordsPart(type, "");
    this.#writer.writeOf(id, "response.content_part.added", { content_index: parts.length, part });
  }

  /** The message that words go to: neighbouring blocks of words are parts of one. */
  #openMessage(): HeldItem & { type: "message" } {
    if (this.#held?.type === "message") return this.#held;
    this.#settle("completed");
    const id = this.#ids.next("message");
    this.#writer.add(messageItem(id, "in_progress", []));
    return this.#held = { type: "message", id, parts: [] };
  }

  #opaque({ owner, value }: BlockStart & { type: "opaque" }): void {
    if (owner !== PROTOCOL) return;
    this.#settle("completed");
    const item = { ...value, id: value.id ?? this.#ids.next("other") };
    this.#writer.add(item);
    this.#writer.done(item);
  }

  #delta(delta: string): void {
    const block = this.#block;
    switch (block.type) {
      case "text":
      case "refusal":
        this.#wordsDelta(block.type, delta);
        break;
      case "reasoning":
        this.#thoughtDelta(block.id, delta);
        break;
      case "call":
        this.#writer.writeOf(block.id, `${callEvent(block.call)}.delta`, { delta });
        break;
      case "none":
        break;
      default:
        block satisfies never;
    }
    this.#text += delta;
  }

  #wordsDelta(type: WordsType, delta: string): void {
    if (type === "text") this.#seen.hasWords = true;
    const { id, parts } = this.#openMessage();
    const fields = type === "text" ? { delta, logprobs: [] } : { delta };
    const content_index = parts.length;
    this.#writer.writeOf(id, `${WORDS_EVENT[type]}.delta`, { content_index, ...fields });
  }

  #thoughtDelta(id: string, delta: string): void {
    const summary_index = 0;
    if (this.#text === "") {
      const part = { type: "summary_text", text: "" };
      this.#writer.writeOf(id, "response.reasoning_summary_part.added", { summary_index, part });
    }
    this.#writer.writeOf(id, "response.reasoning_summary_text.delta", { summary_index, delta });
  }

  #blockEnd(signature: OpaqueState | undefined): void {
    const block = this.#block;
    switch (block.type) {
      case "text":
      case "refusal":
        this.#wordsEnd(block.type);
        break;
      case "reasoning":
        this.#thoughtEnd(block.id, signature);
        break;
      case "call":
        this.#callEnd(block.id, block.call);
        break;
      case "none":
        break;
      default:
        block satisfies never;
    }
    this.#block = { type: "none" };
  }

  #wordsEnd(type: WordsType): void {
    const { id, parts } = this.#openMessage();
    const text = this.#text;
    const part = wordsPart(type, text);
    const whole = type === "text" ? { text, logprobs: [] } : { refusal: text };
    const content_index = parts.length;
    this.#writer.writeOf(id, `${WORDS_EVENT[type]}.done`, { content_index, ...whole });
    this.#writer.writeOf(id, "response.content_part.done", { content_index, part });
    parts.push(part);
  }

  #thoughtEnd(id: string, signature: OpaqueState | undefined): void {
    const text = this.#text;
    const summary_index = 0;
    if (text !== "") {
      const part = { type: "summary_text", text };
      this.#writer.writeOf(id, "response.reasoning_summary_text.done", { summary_index, text });
      this.#writer.writeOf(id, "response.reasoning_summary_part.done", { summary_index, part });
    }
    this.#writer.done(reasoningItem(id, { text, signature }));
  }

  #callEnd(id: string, call: Call): void {
    if (this.#text === "" && !call.isFreeform) this.#delta(NO_ARGUMENTS);
    const input = this.#text;
    const whole = call.isFreeform
      ? { input }
      : { name: callOf({ id, call, input }, "completed").name, arguments: input };
    this.#writer.writeOf(id, `${callEvent(call)}.done`, whole);
    this.#held = { type: "call", id, call, input };
  }

  /** Tells the end of the held item. */
  #settle(status: ItemStatus): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const isMessage = held.type === "message";
    this.#writer.done(isMessage ? messageItem(held.id, status, held.parts) : callOf(held, status));
  }

  #messageEnd(stopReason: StopReason): void {
    const ending = endingOf(stopReason, this.#seen);
    // What cut the answer cut its last item.
    this.#settle(ending.status);
    const usage = encodeUsage(this.#usage, this.#context.estimatedInputTokens);
    const response = this.#response({ ...ending, usage });
    this.#writer.write(`response.${ending.status}`, { response });
  }

  #error(fault: UpstreamFault): void {
    const { error } = encodeOpenAiError(faultError(fault));
    const { message, code, param } = isObject(error) ? error : {};
    // The client may know a response by another id: the bytes so far may be the upstream's own. It
    // reads a bare error all the same, where a failure of an unknown response confuses it.
    if (this.#answer === undefined) this.#writer.write("error", { code, message, param });
    // Of the protocol's codes this one says that the request is at fault.
    const reported = { code: code ?? "invalid_prompt", message };
    const response = this.#response({ status: "failed", error: reported });
    this.#writer.write("response.failed", { response });
  }
}

/** What the events of a growing call begin with. */
function callEvent(call: Call): string {
  return call.isFreeform ? "response.custom_tool_call_input" : "response.function_call_arguments";
}

function callOf(
  { id, call, input }: { id: string; call: Call; input: string },
  status: ItemStatus,
): JsonObject {
  const fields = { callId: call.id, name: call.name, input, isFreeform: call.isFreeform === true };
  return callItem(id, status, fields);
}
