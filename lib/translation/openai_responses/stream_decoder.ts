/**
 * Reads a Responses stream into canonical events.
 *
 * What a server did not stream is taken from the summaries that follow (`….done`, the finished
 * item, the finished response), so an item that comes whole, or only at the very end, is not lost.
 *
 * Pure. One instance per answer.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/responses-streaming}
 * @module
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { StreamDecoder } from "../codec.ts";
import { brokenAnswer } from "../fault.ts";
import { decodeOpenAiError } from "../openai_error.ts";
import { BlockQueue, QueuedBlock } from "./block_queue.ts";
import { PROTOCOL } from "./form.ts";
import { idOf, type Item, ItemTable } from "./item_table.ts";
import {
  callOf,
  inputText,
  type ItemKind,
  kindOf,
  objectsOf,
  partsOf,
  signatureOf,
  textOf,
  thoughtOf,
  toolInputOf,
  wordsOf,
} from "./output_item.ts";
import { decodeStopReason, type Seen } from "./stop_reason.ts";
import { decodeUsage } from "./usage.ts";

type WordsType = "text" | "refusal";
type CallKind = "function" | "freeform";
type Reader = (decoder: ResponsesStreamDecoder, data: JsonObject) => void;

/** Reads one stream. */
export class ResponsesStreamDecoder implements StreamDecoder {
  #isStarted = false;
  #isFinished = false;
  readonly #items = new ItemTable();
  readonly #queue = new BlockQueue();
  readonly #seen: Seen = { hasWords: false, hasRefusal: false, hasToolCall: false };
  #nextNumber = 0;
  /** The events of the message in hand. */
  #events: StreamEvent[] = [];

  push(message: SseMessage): StreamEvent[] {
    if (this.#isFinished || message.data === "" || message.data === "[DONE]") return [];
    this.#events = [];
    const data = parseJson(message.data);
    if (isObject(data)) this.#read(data, message.event);
    else if (data === undefined) this.#fail("The upstream sent an event that is not JSON");
    if (this.#queue.isOverfull && !this.#isFinished) {
      this.#fail("The upstream interleaves more output than can be held");
    }
    return this.#events;
  }

  end(): StreamEvent[] {
    if (this.#isFinished) return [];
    this.#events = [];
    this.#fail("The upstream's stream ended before the answer was complete");
    return this.#events;
  }

  get nextNumber(): number {
    return this.#nextNumber;
  }

  static readonly #READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
    ["response.output_text.delta", (self, data) => self.#words(data, "text")],
    ["response.output_text.done", (self, data) => self.#wordsDone(data, "text")],
    ["response.refusal.delta", (self, data) => self.#words(data, "refusal")],
    ["response.refusal.done", (self, data) => self.#wordsDone(data, "refusal")],
    ["response.content_part.done", (self, data) => self.#partDone(data)],
    ["response.function_call_arguments.delta", (self, data) => self.#input(data, "function")],
    ["response.function_call_arguments.done", (self, data) => self.#inputDone(data, "function")],
    ["response.custom_tool_call_input.delta", (self, data) => self.#input(data, "freeform")],
    ["response.custom_tool_call_input.done", (self, data) => self.#inputDone(data, "freeform")],
    ["response.reasoning_summary_text.delta", (self, data) => self.#thought(data, "summary")],
    ["response.reasoning_text.delta", (self, data) => self.#thought(data, "content")],
    ["response.output_item.added", (self, data) => self.#itemAdded(data)],
    ["response.output_item.done", (self, data) => self.#itemDone(data)],
    ["response.created", (self, data) => self.#start(data.response)],
    ["response.queued", (self, data) => self.#start(data.response)],
    ["response.in_progress", (self, data) => self.#start(data.response)],
    ["response.completed", (self, data) => self.#complete(data)],
    ["response.done", (self, data) => self.#complete(data)],
    ["response.incomplete", (self, data) => self.#complete(data, "incomplete")],
    ["response.failed", (self, data) => self.#error(data.response)],
    ["response.cancelled", (self, data) => self.#error(data.response)],
    ["error", (self, data) => self.#error(data)],
  ]);

  #read(data: JsonObject, eventName: string): void {
    const { sequence_number } = data;
    if (Number.isSafeInteger(sequence_number)) this.#nextNumber = sequence_number as number + 1;
    const type = typeof data.type === "string" ? data.type : eventName;
    const reader = ResponsesStreamDecoder.#READERS.get(type);
    if (reader !== undefined) reader(this, data);
    // Proxies send `{error}` without any type. Other unknown events say nothing here.
    else if (data.type === undefined && data.error) this.#error(data);
  }

  #fail(message: string): void {
    this.#isFinished = true;
    this.#events.push({ type: "error", fault: brokenAnswer(message) });
  }

  #error(body: JsonValue | undefined): void {
    this.#isFinished = true;
    this.#events.push({ type: "error", fault: decodeOpenAiError(200, body) });
  }

  #start(response: JsonValue | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { id, model } = isObject(response) ? response : {};
    const start = { id: textOf(id) ?? "", model: textOf(model) ?? "" };
    this.#events.push({ type: "message-start", ...start });
  }

  #newItem(data: JsonObject, kind: ItemKind): Item {
    this.#start(undefined);
    if (kind === "function" || kind === "freeform") this.#seen.hasToolCall = true;
    return this.#items.create(data, kind);
  }

  /** The item that a delta goes to; one that was not announced, or was over, begins here. */
  #growing(data: JsonObject, kind: ItemKind): Item {
    const item = this.#items.find(data);
    return item?.kind === kind && !item.isDone ? item : this.#newItem(data, kind);
  }

  /** The item that a `….done` sums up; `undefined` when all of it was told. */
  #summed(data: JsonObject, kind: ItemKind): Item | undefined {
    const item = this.#items.find(data);
    if (item?.kind !== kind) return this.#newItem(data, kind);
    return item.isDone ? undefined : item;
  }

  #block(item: Item, key: number, start: BlockStart | undefined): QueuedBlock {
    return item.blocks.get(key) ?? this.#newBlock(item, key, start);
  }

  #newBlock(item: Item, key: number, start: BlockStart | undefined): QueuedBlock {
    const block = new QueuedBlock(start);
    item.blocks.set(key, block);
    item.blockCount += 1;
    this.#queue.add(block, this.#events);
    return block;
  }

  #append(block: QueuedBlock, text: string): void {
    if (!block.isDone) this.#queue.append(block, text, this.#events);
  }

  /** Takes a text that sums a block up: it counts only when nothing of it came before. */
  #sumUp(block: QueuedBlock, text: string): void {
    if (!block.hasText) this.#append(block, text);
  }

  #finish(block: QueuedBlock): void {
    if (!block.isDone) this.#queue.finish(block, this.#events);
  }

  #note(type: WordsType): void {
    if (type === "text") this.#seen.hasWords = true;
    else this.#seen.hasRefusal = true;
  }

  #words(data: JsonObject, type: WordsType): void {
    const text = textOf(data.delta);
    if (text === undefined) return;
    this.#note(type);
    const item = this.#growing(data, "message");
    const key = contentIndex(data);
    const block = this.#block(item, key, { type });
    // Some servers call every part 0: words after the end of a part are another part.
    this.#append(block.isDone ? this.#newBlock(item, key, { type }) : block, text);
  }

  #wordsDone(data: JsonObject, type: WordsType): void {
    const item = this.#summed(data, "message");
    if (item === undefined) return;
    const text = textOf(type === "text" ? data.text : data.refusal);
    const block = this.#block(item, contentIndex(data), { type });
    if (text !== undefined) {
      this.#note(type);
      this.#sumUp(block, text);
    }
    this.#finish(block);
  }

  #partDone(data: JsonObject): void {
    const words = isObject(data.part) ? wordsOf(data.part) : undefined;
    if (words === undefined) return;
    this.#wordsDone({ ...data, text: words.text, refusal: words.text }, words.type);
  }

  #input(data: JsonObject, kind: CallKind): void {
    const block = this.#block(this.#growing(data, kind), 0, undefined);
    this.#append(block, inputText(data.delta));
  }

  #inputDone(data: JsonObject, kind: CallKind): void {
    const item = this.#summed(data, kind);
    if (item !== undefined) this.#sumUp(this.#block(item, 0, undefined), toolInputOf(data));
  }

  #thought(data: JsonObject, type: "summary" | "content"): void {
    const text = textOf(data.delta);
    if (text === undefined) return;
    const item = this.#growing(data, "reasoning");
    if ((item.thoughtType ??= type) !== type) return;
    const block = this.#block(item, 0, { type: "reasoning" });
    const part = type === "summary" ? numberOf(data.summary_index) : contentIndex(data);
    const isNextPart = block.hasText && part !== item.thoughtPart;
    item.thoughtPart = part;
    this.#append(block, isNextPart ? `\n\n${text}` : text);
  }

  #itemAdded(data: JsonObject): void {
    if (!isObject(data.item)) return;
    const known = this.#items.find(data);
    // A second announcement of one item is no second item.
    if (known !== undefined && !known.isDone && known.id === idOf(data)) return;
    const item = this.#newItem(data, kindOf(data.item));
    if (item.kind === "function" || item.kind === "freeform") this.#nameCall(item, data.item);
  }

  #itemDone(data: JsonObject): void {
    if (!isObject(data.item)) return;
    const kind = kindOf(data.item);
    const known = this.#items.find(data);
    const isOther = known?.kind !== kind || (known.isDone && known.id !== idOf(data));
    this.#finishItem(isOther ? this.#newItem(data, kind) : known, data.item);
  }

  /** Opens the block of a call as soon as its name is known: a client should see it early. */
  #nameCall(item: Item, wire: JsonObject): QueuedBlock {
    const block = this.#block(item, 0, undefined);
    if (block.start !== undefined || (textOf(wire.name) === undefined && !item.isDone)) {
      return block;
    }
    const call = callOf(wire, item.id ?? `call_${this.#items.count}`);
    const form = item.kind === "freeform" ? { isFreeform: true } : {};
    this.#queue.name(block, { type: "tool-call", ...call, ...form }, this.#events);
    return block;
  }

  /** Fills in what was not streamed of an item, and ends its blocks. */
  #finishItem(item: Item, wire: JsonObject): void {
    if (item.isDone) return;
    item.isDone = true;
    switch (item.kind) {
      case "message":
        return this.#finishMessage(item, wire);
      case "reasoning": {
        const block = this.#block(item, 0, { type: "reasoning" });
        block.signature = signatureOf(wire);
        this.#sumUp(block, thoughtOf(wire));
        return this.#finish(block);
      }
      case "function":
      case "freeform": {
        const block = this.#nameCall(item, wire);
        this.#sumUp(block, toolInputOf(wire));
        return this.#finish(block);
      }
      case "opaque":
        return this.#finish(this.#block(item, 0, { type: "opaque", owner: PROTOCOL, value: wire }));
      default:
        return item.kind satisfies never;
    }
  }

  #finishMessage(item: Item, wire: JsonObject): void {
    const parts = partsOf(wire);
    const isMore = parts.length > item.blockCount;
    for (const [index, part] of parts.entries()) {
      const words = wordsOf(part);
      // Where the numbers do not fit, an unknown part may be a known one under another index.
      if (words === undefined || (!isMore && !item.blocks.has(index))) continue;
      if (words.text !== "") this.#note(words.type);
      this.#sumUp(this.#block(item, index, { type: words.type }), words.text);
    }
    for (const block of item.blocks.values()) this.#finish(block);
  }

  #complete(data: JsonObject, status?: "incomplete"): void {
    const response = isObject(data.response) ? data.response : data;
    if (response.status === "failed" || response.status === "cancelled") {
      return this.#error(response);
    }
    this.#start(response);
    this.#addMissing(objectsOf(response.output));
    this.#queue.finishAll(this.#events);
    const usage = decodeUsage(response.usage);
    if (Object.keys(usage).length > 0) this.#events.push({ type: "usage", usage });
    const ended = status === undefined ? response : { ...response, status };
    this.#events.push({ type: "message-end", stopReason: decodeStopReason(ended, this.#seen) });
    this.#isFinished = true;
  }

  /** Takes the items of the finished response that were not streamed, or not to their end. */
  #addMissing(output: JsonObject[]): void {
    const isMore = output.length > this.#items.count;
    for (const [index, wire] of output.entries()) {
      const kind = kindOf(wire);
      const item = this.#items.lookUp(wire, index);
      if (item?.kind === kind) this.#finishItem(item, wire);
      else if (item === undefined && isMore) {
        this.#finishItem(this.#newItem({ output_index: index, item: wire }, kind), wire);
      }
    }
  }
}

function contentIndex(data: JsonObject): number {
  return numberOf(data.content_index);
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}
