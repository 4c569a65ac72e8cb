/**
 * Reads the bytes of a streamed answer, and knows at every moment what has been seen.
 *
 * A relay that translates takes the events; one that passes the bytes on lets an instance read
 * along and asks it only what happened.
 *
 * Pure. One instance per answer.
 *
 * @module
 */
import { ContentWatch, isProgress } from "../chat/progress.ts";
import type { UpstreamFault, Usage } from "../chat/response.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import { SseLimitError, type SseMessage, SseParser, type SseParserOptions } from "../sse/parser.ts";
import type { Codec, StreamDecoder } from "./codec.ts";
import { brokenAnswer } from "./fault.ts";

/** Reads one streamed answer of an upstream. */
export class StreamReading {
  readonly #parser: SseParser;
  readonly #decoder: StreamDecoder;
  readonly #content = new ContentWatch();
  #hasMeaning = false;
  #isComplete = false;
  #fault: UpstreamFault | undefined;
  #isOverLimit = false;
  #usage: Usage = {};
  #model: string | undefined;
  #messageCount = 0;
  #pingCount = 0;
  #ignoredCount = 0;

  /** @param upstream The codec of the protocol that the upstream speaks. */
  constructor(upstream: Codec, options: SseParserOptions = {}) {
    this.#parser = new SseParser(options);
    this.#decoder = upstream.streamDecoder();
  }

  /** Whether words, thoughts, a tool call or the end came: from here on the answer has begun. */
  get hasMeaning(): boolean {
    return this.#hasMeaning;
  }

  /** Whether words, a refusal or a tool call came: what a finished answer without is, is empty. */
  get hasContent(): boolean {
    return this.#content.hasContent;
  }

  /** Whether the upstream said that it finished. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The failure with which the answer ended. */
  get fault(): UpstreamFault | undefined {
    return this.#fault;
  }

  /** Whether that failure is a line or a message too long to be held. */
  get isOverLimit(): boolean {
    return this.#isOverLimit;
  }

  /** The totals so far. */
  get usage(): Usage {
    return this.#usage;
  }

  /** The model that the upstream says answers; `undefined` before it said so. */
  get model(): string | undefined {
    return this.#model;
  }

  /** The number that the next message has; 0 in a protocol that does not count them. */
  get nextNumber(): number {
    return this.#decoder.nextNumber ?? 0;
  }

  /** How many SSE messages came up to the answer's end; comments do not count. */
  get messageCount(): number {
    return this.#messageCount;
  }

  /** How many of them are no pings, which say only that the upstream is still there. */
  get newsCount(): number {
    return this.#messageCount - this.#pingCount;
  }

  /** How many SSE messages came in one piece with the answer's end, behind it. */
  get ignoredCount(): number {
    return this.#ignoredCount;
  }

  /** Whether the bytes so far end between two SSE messages. */
  get isAtBoundary(): boolean {
    return this.#parser.isAtBoundary;
  }

  /** How many bytes of the last chunk lie before its last boundary; 0 when it has none. */
  get consumedBoundary(): number {
    return this.#parser.consumedBoundary;
  }

  /** The events that the next bytes bring. Never throws: what cannot be read is a fault. */
  push(bytes: Uint8Array): StreamEvent[] {
    return this.#read(bytes);
  }

  /**
   * Says that no more bytes come. An answer that was not finished ends with a fault.
   *
   * @param cause That fault, when the bytes are over for a reason that they do not tell: silence, a
   *   broken connection. Without it, the decoder says in its own words that the answer is cut.
   */
  end(cause?: UpstreamFault): StreamEvent[] {
    const last = this.#read();
    if (this.#isOver) return last;
    const events = this.#decoder.end().map((event): StreamEvent =>
      event.type === "error" && cause !== undefined ? { type: "error", fault: cause } : event
    );
    for (const event of events) this.#note(event);
    return [...last, ...events];
  }

  get #isOver(): boolean {
    return this.#isComplete || this.#fault !== undefined;
  }

  /** Reads the next bytes, or what is left when there are no more. */
  #read(bytes?: Uint8Array): StreamEvent[] {
    if (this.#isOver) return [];
    try {
      const messages = bytes ? this.#parser.push(bytes) : this.#parser.end();
      // Most chunks hold one message, whose list of events can be handed on as it is.
      return messages.length === 1 ? this.#decode(messages[0]!) : messages.flatMap(this.#decode);
    } catch (error) {
      if (!(error instanceof SseLimitError)) throw error;
      this.#fault = brokenAnswer(error.message);
      this.#isOverLimit = true;
      return [{ type: "error", fault: this.#fault }];
    }
  }

  readonly #decode = (message: SseMessage): StreamEvent[] => {
    if (this.#isOver) {
      this.#ignoredCount += 1;
      return [];
    }
    this.#messageCount += 1;
    if (isPing(message)) this.#pingCount += 1;
    const events = this.#decoder.push(message);
    for (const event of events) this.#note(event);
    return events;
  };

  #note(event: StreamEvent): void {
    if (!this.#content.hasContent) this.#content.push(event);
    this.#hasMeaning ||= isProgress(event);
    if (event.type === "usage") this.#usage = { ...this.#usage, ...event.usage };
    else if (event.type === "message-start") this.#model = event.model;
    else if (event.type === "message-end") this.#isComplete = true;
    else if (event.type === "error") this.#fault = event.fault;
  }
}

/** By what servers say only that they are still there: Anthropic's word, and OpenAI's. */
const PING = /^\s*\{\s*"type"\s*:\s*"(?:ping|keepalive)"/;
const MAX_PING_LENGTH = 200;

function isPing({ event, data }: SseMessage): boolean {
  if (event === "ping" || event === "keepalive") return true;
  if (data.length > MAX_PING_LENGTH) return false;
  // Nearly all messages begin with another key; a look at one character tells.
  return data.startsWith('{"') && data.charAt(2) !== "t" ? false : PING.test(data);
}
