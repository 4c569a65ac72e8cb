/**
 * A streamed answer from an upstream of one protocol, for a client of another: streamed or whole.
 *
 * Pure: bytes in, bytes out. Nothing is sent from here, so a caller may hold what it is given until
 * `reading.hasMeaning`, and throw it away when the upstream fails before that.
 *
 * @module
 */
import { ResponseCollector } from "../chat/collect.ts";
import type { ChatResponse, UpstreamFault } from "../chat/response.ts";
import type { StreamEvent } from "../chat/stream_event.ts";
import type { Codec } from "./codec.ts";
import { brokenAnswer, faultError } from "./fault.ts";
import { FreeformCallStream } from "./freeform_calls.ts";
import { StreamReading } from "./stream_reading.ts";
import { StreamWriting } from "./stream_writing.ts";
import type { AnswerTarget } from "./translate.ts";

/** From whom an answer comes, and to whom it goes. */
export interface StreamPath extends AnswerTarget {
  /** The codec of the protocol in which the answer comes. */
  upstream: Codec;
}

/** Translates one stream into another. */
export class StreamTranslation {
  /** What has been seen of the upstream's answer. */
  readonly reading: StreamReading;
  readonly #writing: StreamWriting;
  readonly #freeform: FreeformCallStream;

  constructor({ upstream, client, context }: StreamPath) {
    this.reading = new StreamReading(upstream);
    this.#freeform = new FreeformCallStream(context.freeformTools ?? new Set());
    this.#writing = new StreamWriting(client, context);
  }

  /** What the client is to be sent for the upstream's next bytes; empty for nothing. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#writing.push(this.#freeform.push(this.reading.push(bytes)));
  }

  /**
   * What the client is to be sent when the upstream's bytes are over: nothing when it was told of
   * the end before, else the end if the upstream is known to have finished, else an error.
   *
   * @param cause The error's fault, when the bytes are over for a reason that they do not tell.
   */
  end(cause?: UpstreamFault): Uint8Array<ArrayBuffer> {
    return this.#writing.push(this.#freeform.push(this.reading.end(cause)));
  }
}

/** Makes a whole answer of one stream, for a client that did not ask for a stream. */
export class StreamCollection {
  /** What has been seen of the upstream's answer. */
  readonly reading: StreamReading;
  readonly #collector = new ResponseCollector();

  /** @param upstream The codec of the protocol in which the answer comes. */
  constructor(upstream: Codec) {
    this.reading = new StreamReading(upstream);
  }

  /** Takes the upstream's next bytes. */
  push(bytes: Uint8Array): void {
    this.#collect(this.reading.push(bytes));
  }

  /**
   * The answer, once the upstream's bytes are over.
   *
   * @param cause The failure, when the bytes are over for a reason that they do not tell.
   * @throws {GatewayError} When the upstream reported a failure, or broke off.
   */
  end(cause?: UpstreamFault): ChatResponse {
    this.#collect(this.reading.end(cause));
    const response = this.#collector.response();
    if (response !== undefined) return response;
    throw faultError(this.#collector.fault ?? brokenAnswer("The upstream's answer is not whole"));
  }

  #collect(events: readonly StreamEvent[]): void {
    for (const event of events) this.#collector.push(event);
  }
}
