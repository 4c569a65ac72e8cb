/**
 * A streamed answer whose upstream speaks the client's own protocol: the bytes as they are, read
 * along to know what happened.
 *
 * @module
 */
import { joinBytes } from "../base/exchange.ts";
import type { UpstreamFault } from "../chat/response.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import { type SseMessage, SseParser } from "../sse/parser.ts";
import { writeSse } from "../sse/writer.ts";
import type { AnswerContext, Codec } from "./codec.ts";
import { STREAM_INTERRUPTED } from "./fault.ts";
import { StreamReading } from "./stream_reading.ts";
import { StreamWriting } from "./stream_writing.ts";

/** One streamed answer on its way to a client: bytes of the upstream in, bytes for the client out. */
export interface AnswerStream {
  readonly reading: StreamReading;
  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  end(cause?: UpstreamFault): Uint8Array<ArrayBuffer>;
}

/** What a Chat stream ends with, and some upstreams forget. */
const CHAT_END: SseMessage = { event: "", data: "[DONE]" };
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** Passes one stream on, cut only between messages, so that something can be said there. */
export class StreamPassthrough implements AnswerStream {
  readonly reading: StreamReading;
  readonly #codec: Codec;
  readonly #context: AnswerContext;
  /** The beginning of a message whose end has not come yet. Bounded by the parser's own limit. */
  #tail: Uint8Array<ArrayBuffer>[] = [];

  constructor(codec: Codec, context: AnswerContext) {
    this.reading = new StreamReading(codec);
    this.#codec = codec;
    this.#context = context;
  }

  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    // What follows an end belongs to no answer.
    if (this.#isOver) return NOTHING;
    const before = this.reading.messageCount;
    const events = this.reading.push(bytes);
    // An upstream's own error passes on as it is; what could not be read is told in our words.
    if (this.reading.fault?.code === STREAM_INTERRUPTED) return this.#errors(events);
    const boundary = this.reading.consumedBoundary;
    if (boundary === 0) {
      this.#tail.push(bytes);
      return NOTHING;
    }
    const whole = this.#untilBoundary(bytes, boundary);
    if (this.reading.ignoredCount === 0) return whole;
    return firstMessages(whole, this.reading.messageCount - before);
  }

  /** What was held, and the bytes up to a boundary; most chunks are one whole message. */
  #untilBoundary(bytes: Uint8Array<ArrayBuffer>, boundary: number): Uint8Array<ArrayBuffer> {
    const isAll = boundary === bytes.length;
    if (isAll && this.#tail.length === 0) return bytes;
    const whole = joinBytes([...this.#tail, bytes.subarray(0, boundary)]);
    this.#tail = isAll ? [] : [bytes.subarray(boundary)];
    return whole;
  }

  end(cause?: UpstreamFault): Uint8Array<ArrayBuffer> {
    const wasOver = this.#isOver;
    const events = this.reading.end(cause);
    if (wasOver) return NOTHING;
    return this.reading.isComplete ? this.#repaired() : this.#errors(events);
  }

  #errors(events: readonly StreamEvent[]): Uint8Array<ArrayBuffer> {
    const errors = events.filter((event) => event.type === "error");
    // Counted on from the upstream's own messages.
    const context = { ...this.#context, firstNumber: this.reading.nextNumber };
    return new StreamWriting(this.#codec, context).push(errors);
  }

  /** The rest of a finished answer whose last message lacks its blank line or its `[DONE]`. */
  #repaired(): Uint8Array<ArrayBuffer> {
    const tail = joinBytes(this.#tail);
    const blankLine = tail.length > 0 ? encoder.encode("\n\n") : NOTHING;
    const isChat = this.#codec.protocol === "openai_chat";
    return joinBytes([tail, blankLine, isChat ? encoder.encode(writeSse(CHAT_END)) : NOTHING]);
  }

  get #isOver(): boolean {
    return this.reading.isComplete || this.reading.fault !== undefined;
  }
}

const LF = 0x0a;

/** The bytes up to the end of the message that is the `count`th in them. */
function firstMessages(bytes: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
  const parser = new SseParser();
  let seen = 0;
  for (let end = 1; end < bytes.length; end++) {
    seen += parser.push(bytes.subarray(end - 1, end)).length;
    if (seen === count) return bytes.subarray(0, bytes[end] === LF ? end + 1 : end);
  }
  return bytes;
}
