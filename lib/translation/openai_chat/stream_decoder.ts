/**
 * Reads a Chat stream into canonical events.
 *
 * Pure: no clock, no network. One instance per answer.
 * Carried: text, thoughts, refusals, tool calls, usage, pictures and sound as opaque blocks.
 * Ignored: all choices but the first, log probabilities, annotations.
 *
 * The end is told when the stream is over and a `finish_reason` was seen, not at once: the usage
 * comes behind it.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat-streaming}
 * @module
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import type { UpstreamFault } from "../../chat/response.ts";
import type { StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { StreamDecoder } from "../codec.ts";
import { brokenAnswer } from "../fault.ts";
import { decodeOpenAiError } from "../openai_error.ts";
import { BlockQueue } from "./block_queue.ts";
import { type CallPiece, madeUpId, readCallPiece } from "./call_piece.ts";
import { CallRouter } from "./call_router.ts";
import { thinkingText } from "./content_part_decoder.ts";
import { decodeStop, faultOfChoice } from "./finish_reason.ts";
import {
  CallPending,
  OpaquePending,
  type PendingBlock,
  ThoughtPending,
  WordsPending,
} from "./pending_block.ts";
import { hasOpaqueDetail, textOfDetails } from "./reasoning_state.ts";
import { decodeUsage } from "./usage.ts";

const DONE = "[DONE]";

const NOT_FINISHED = brokenAnswer("The upstream's stream ended before its answer was finished");
const NOT_JSON = brokenAnswer("The upstream's stream holds a message that is not a JSON object");
const TOO_MUCH = brokenAnswer("The upstream's stream mixes more blocks than can be put in order");

/** Content that only Chat has words for; each chunk of it becomes an opaque block. */
const OPAQUE_FIELDS = ["audio", "images"] as const;

/** Reads one streamed answer. */
export class ChatStreamDecoder implements StreamDecoder {
  readonly #queue = new BlockQueue();
  /** Absent until a tool is called: most streams call none, and many are open at once. */
  #calls: CallRouter | undefined;
  #isStarted = false;
  /** After the end or an error nothing more is told. */
  #isOver = false;
  #hasRefusal = false;
  #id = "";
  #model = "";
  /** The choice that said why the answer ends. */
  #finish: JsonObject | undefined;
  /** The latest report: some servers send one with every chunk, and each holds totals. */
  #usage: JsonValue | undefined;

  push(message: SseMessage): StreamEvent[] {
    const { data } = message;
    if (this.#isOver || data === "") return [];
    if (data === DONE) return this.end();
    const chunk = parseJson(data);
    if (!isObject(chunk)) return this.#unreadable(chunk, data);
    if (isFailure(chunk, message.event)) return this.#fail(decodeOpenAiError(200, chunk));
    const out: StreamEvent[] = [];
    this.#readChunk(chunk, out);
    if (!this.#queue.isOverfull && !this.#calls?.isOverfull) return out;
    return [...out, ...this.#fail(TOO_MUCH)];
  }

  end(): StreamEvent[] {
    if (this.#isOver) return [];
    if (this.#finish === undefined) return this.#fail(NOT_FINISHED);
    const fault = faultOfChoice(this.#finish);
    if (fault !== undefined) return this.#fail(fault);
    this.#isOver = true;
    const out: StreamEvent[] = [];
    this.#queue.finish(out);
    const usage = decodeUsage(this.#usage);
    if (usage !== undefined) out.push({ type: "usage", usage });
    const hasToolCall = this.#calls !== undefined;
    const stop = decodeStop(this.#finish, { hasToolCall, hasRefusal: this.#hasRefusal });
    out.push({ type: "message-end", ...stop });
    return out;
  }

  /** Tells of a failure, unless the answer is whole already: then what came behind is no matter. */
  #fail(fault: UpstreamFault): StreamEvent[] {
    if (this.#finish !== undefined && faultOfChoice(this.#finish) === undefined) return this.end();
    this.#isOver = true;
    return [{ type: "error", fault }];
  }

  /** A list is how Gemini reports failures; a marker may stand among spaces. */
  #unreadable(value: JsonValue | undefined, data: string): StreamEvent[] {
    if (Array.isArray(value) && isObject(value[0]) && isObject(value[0].error)) {
      return this.#fail(decodeOpenAiError(200, value));
    }
    const text = data.trim();
    if (text === "") return [];
    return text === DONE ? this.end() : this.#fail(NOT_JSON);
  }

  #readChunk(chunk: JsonObject, out: StreamEvent[]): void {
    // Groq reports usage in a field of its own, Moonshot within the choice.
    if (isObject(chunk.usage)) this.#usage = chunk.usage;
    else if (isObject(chunk.x_groq) && isObject(chunk.x_groq.usage)) {
      this.#usage = chunk.x_groq.usage;
    }
    const choice = firstChoice(chunk.choices);
    if (choice === undefined) return;
    this.#start(chunk, out);
    if (isObject(choice.usage)) this.#usage = choice.usage;
    const delta = isObject(choice.delta) ? choice.delta : choice.message;
    if (isObject(delta)) this.#readDelta(delta, out);
    const isFinish = typeof choice.finish_reason === "string" && choice.finish_reason !== "";
    if (isFinish) this.#finish = choice;
  }

  #start(chunk: JsonObject, out: StreamEvent[]): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (typeof chunk.id === "string") this.#id = chunk.id;
    if (typeof chunk.model === "string") this.#model = chunk.model;
    out.push({ type: "message-start", id: this.#id, model: this.#model });
  }

  #readDelta(delta: JsonObject, out: StreamEvent[]): void {
    this.#readReasoning(delta, out);
    const { content, refusal, tool_calls: calls, function_call: call } = delta;
    if (typeof content === "string") this.#words("text", content, out);
    else if (Array.isArray(content)) this.#readParts(content, out);
    if (typeof refusal === "string") this.#refusal(refusal, out);
    for (const field of OPAQUE_FIELDS) this.#readOpaque(delta, field, out);
    if (Array.isArray(calls)) this.#readCalls(calls, out);
    else if (isObject(calls)) this.#readCalls([calls], out);
    // The one call of the time before `tool_calls` has neither index nor id.
    if (isObject(call)) this.#readCalls([{ function: call, index: 0 }], out);
  }

  /** Servers send the same thought in several fields; the first that has text counts. */
  #readReasoning(delta: JsonObject, out: StreamEvent[]): void {
    const { reasoning_content: content, reasoning, reasoning_details: details } = delta;
    if (typeof content === "string" && content !== "") this.#words("reasoning", content, out);
    else if (typeof reasoning === "string" && reasoning !== "") {
      this.#words("reasoning", reasoning, out);
    } else if (Array.isArray(details)) this.#words("reasoning", textOfDetails(details), out);
    if (Array.isArray(details)) this.#readDetails(details, out);
  }

  /** Pieces that hold text alone are worth keeping only when a proof of them may follow. */
  #readDetails(details: JsonValue[], out: StreamEvent[]): void {
    const isBeginning = !(this.#queue.last instanceof ThoughtPending);
    if (isBeginning && !hasOpaqueDetail(details)) return;
    const thought = this.#thought();
    thought.pushDetails(details);
    this.#queue.push(thought, "", out);
  }

  #thought(): ThoughtPending {
    const { last } = this.#queue;
    return last instanceof ThoughtPending ? last : this.#add(new ThoughtPending(this.#model));
  }

  #add<T extends PendingBlock>(block: T): T {
    this.#queue.add(block);
    return block;
  }

  #words(type: WordsPending["type"], text: string, out: StreamEvent[]): void {
    if (text === "") return;
    const { last } = this.#queue;
    const block = last?.type === type ? last : this.#newWords(type);
    this.#queue.push(block, text, out);
  }

  #refusal(text: string, out: StreamEvent[]): void {
    this.#hasRefusal ||= text.trim() !== "";
    this.#words("refusal", text, out);
  }

  #newWords(type: WordsPending["type"]): PendingBlock {
    return type === "reasoning" ? this.#thought() : this.#add(new WordsPending(type));
  }

  /** Mistral sends thoughts and words as a list of parts. */
  #readParts(parts: readonly JsonValue[], out: StreamEvent[]): void {
    for (const part of parts) {
      if (!isObject(part)) continue;
      const thought = thinkingText(part);
      if (thought !== undefined) this.#words("reasoning", thought, out);
      else if (typeof part.text === "string") this.#words("text", part.text, out);
      else if (typeof part.refusal === "string") this.#refusal(part.refusal, out);
    }
  }

  #readOpaque(delta: JsonObject, field: string, out: StreamEvent[]): void {
    const value = delta[field];
    const isFilled = isObject(value) || (Array.isArray(value) && value.length > 0);
    if (isFilled) this.#queue.push(this.#add(new OpaquePending({ [field]: value })), "", out);
  }

  #readCalls(wires: readonly JsonValue[], out: StreamEvent[]): void {
    const seen = new Set<CallPending>();
    for (const wire of wires) {
      if (!isObject(wire)) continue;
      const piece = readCallPiece(wire);
      const call = this.#calls?.find(piece, seen) ?? this.#newCall(piece);
      if (call === undefined) continue;
      seen.add(call);
      this.#queue.push(call, piece.input, out);
    }
  }

  #newCall(piece: CallPiece): CallPending | undefined {
    // Some servers announce calls with empty pieces, or end with one.
    if (piece.id === "" && piece.name === "" && piece.input === "") return undefined;
    const calls = this.#calls ??= new CallRouter();
    const ownId = madeUpId(this.#id, calls.count);
    const id = calls.hasId(piece.id) ? ownId : piece.id;
    const options = { madeUpId: ownId, model: this.#model };
    const call = this.#add(new CallPending({ ...piece, id }, options));
    calls.add(piece, call);
    return call;
  }
}

/** The choice that is answered with; others come only for clients that asked for several. */
function firstChoice(choices: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices) {
    if (isObject(choice) && (choice.index ?? 0) === 0) return choice;
  }
  return undefined;
}

/** Whether a chunk reports a failure; vLLM and others do without the field `error`. */
function isFailure(chunk: JsonObject, event: string): boolean {
  const { error, choices, message, object } = chunk;
  if (isObject(error) || (typeof error === "string" && error !== "")) return true;
  if (choices !== undefined) return false;
  return event === "error" || object === "error" || typeof message === "string";
}
