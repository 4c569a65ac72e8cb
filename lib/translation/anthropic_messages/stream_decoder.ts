/**
 * Reads Messages stream events into canonical ones.
 *
 * Carried: text, thinking with its signature, tool use, server blocks, usage. Not carried:
 * citations, which have no canonical place. Ignored: `ping` and whatever is not known.
 *
 * Servers other than Anthropic's leave out events, repeat them, or mix blocks; what can be put in
 * order is. An answer is complete only when `message_stop` says so.
 *
 * @see {@link https://platform.claude.com/docs/en/build-with-claude/streaming}
 * @module
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import type { UpstreamFault } from "../../chat/response.ts";
import type { StreamEvent } from "../../chat/stream_event.ts";
import type { SseMessage } from "../../sse/parser.ts";
import type { StreamDecoder } from "../codec.ts";
import { brokenAnswer } from "../fault.ts";
import { decodeError } from "./errors.ts";
import { readStopReason } from "./stop_reason.ts";
import { StreamBlocks } from "./stream_blocks.ts";
import { readUsage, readWireUsage, type WireUsage } from "./usage.ts";

/** Reads one streamed answer. */
export class MessagesStreamDecoder implements StreamDecoder {
  /** What the current message yields; one list serves a whole push. */
  #events: StreamEvent[] = [];
  readonly #blocks = new StreamBlocks((event) => this.#events.push(event));
  #isStarted = false;
  /** Nothing is read after the end or an error: some servers go on talking. */
  #isOver = false;
  /** Counts come in two events, and their sum is what is told. */
  #usage: WireUsage = {};
  /** Counts came that were not told yet: they are not told inside a block. */
  #hasUsageNews = false;
  #stopReason: JsonValue | undefined;
  #stopSequence: string | undefined;

  push(message: SseMessage): StreamEvent[] {
    this.#events = [];
    if (this.#isOver || message.data === "" || message.data === "[DONE]") return this.#events;
    const data = parseJson(message.data);
    if (isObject(data)) this.#read(data, message.event);
    else this.#fail(brokenAnswer("The upstream's stream holds an event that is no JSON object"));
    return this.#events;
  }

  end(): StreamEvent[] {
    this.#events = [];
    if (this.#isOver) return this.#events;
    this.#fail(brokenAnswer("The upstream's stream ended before the answer was complete"));
    return this.#events;
  }

  #read(data: JsonObject, event: string): void {
    // The most frequent comes first.
    switch (data.type ?? event) {
      case "content_block_delta":
        return this.#readDelta(data);
      case "content_block_start":
        this.#start({});
        return this.#blocks.start(
          data.index,
          isObject(data.content_block) ? data.content_block : {},
        );
      case "content_block_stop":
        this.#blocks.stop(data.index);
        return this.#tellUsage();
      case "message_start":
        return this.#readMessageStart(data);
      case "message_delta":
        return this.#readMessageDelta(data);
      case "message_stop":
        return this.#finish();
      case "error":
        return this.#fail(decodeError(200, data));
      default:
        // An error of another protocol, which some gateways put into any stream.
        if (isObject(data.error)) this.#fail(decodeError(200, data));
    }
  }

  #readDelta(data: JsonObject): void {
    this.#start({});
    if (isObject(data.delta)) this.#blocks.delta(data.index, data.delta);
    if (this.#blocks.isOverfull) {
      this.#fail(brokenAnswer("The upstream's stream mixes more than can be put in order"));
    }
  }

  #readMessageStart(data: JsonObject): void {
    const message = isObject(data.message) ? data.message : {};
    this.#start(message);
    this.#readUsage(message.usage);
  }

  /** Begins the answer, once: a stream whose beginning is missing is begun by its first block. */
  #start({ id, model }: JsonObject): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#events.push({
      type: "message-start",
      id: typeof id === "string" ? id : "",
      model: typeof model === "string" ? model : "",
    });
  }

  #readUsage(value: JsonValue | undefined): void {
    const read = readWireUsage(value);
    for (const [key, count] of Object.entries(read) as [keyof WireUsage, number][]) {
      // Some servers send zeros in the event that they do not count in.
      if (count === this.#usage[key] || (count === 0 && this.#usage[key] !== undefined)) continue;
      this.#usage[key] = count;
      this.#hasUsageNews = true;
    }
    this.#tellUsage();
  }

  #tellUsage(): void {
    if (!this.#hasUsageNews || this.#blocks.isOpen) return;
    this.#hasUsageNews = false;
    this.#events.push({ type: "usage", usage: readUsage(this.#usage) });
  }

  #readMessageDelta(data: JsonObject): void {
    this.#start({});
    const delta = isObject(data.delta) ? data.delta : {};
    this.#stopReason = delta.stop_reason ?? this.#stopReason;
    if (typeof delta.stop_sequence === "string") this.#stopSequence = delta.stop_sequence;
    this.#readUsage(data.usage);
  }

  #finish(): void {
    this.#start({});
    this.#blocks.end();
    this.#tellUsage();
    this.#isOver = true;
    const stopSequence = this.#stopSequence;
    this.#events.push({
      type: "message-end",
      stopReason: readStopReason(this.#stopReason, this.#blocks.hasToolCalls),
      ...(stopSequence !== undefined && { stopSequence }),
    });
  }

  #fail(fault: UpstreamFault): void {
    this.#isOver = true;
    this.#events.push({ type: "error", fault });
  }
}
