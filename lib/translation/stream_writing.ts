/**
 * Writes a streamed answer's events as bytes.
 *
 * @module
 */
import type { StreamEvent } from "../chat/stream_event.ts";
import { writeSse } from "../sse/writer.ts";
import type { AnswerContext, Codec, StreamEncoder } from "./codec.ts";

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** Writes one streamed answer to a client. */
export class StreamWriting {
  readonly #encoder: StreamEncoder;

  /** @param client The codec of the protocol in which the client asked. */
  constructor(client: Codec, context: AnswerContext) {
    this.#encoder = client.streamEncoder(context);
  }

  /** The bytes that say `events`, joined: what came at once goes out at once. Empty for nothing. */
  push(events: readonly StreamEvent[]): Uint8Array<ArrayBuffer> {
    let text = "";
    for (const event of events) {
      for (const message of this.#encoder.push(event)) text += writeSse(message);
    }
    return text === "" ? NOTHING : encoder.encode(text);
  }
}
