/**
 * An upstream's answer that is fit to be delivered.
 *
 * @module
 */
import type { ByteSource } from "../base/exchange.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import type { Loss } from "../chat/loss.ts";
import type { Usage } from "../chat/response.ts";
import type { AnswerStream } from "../translation/stream_passthrough.ts";

/** What stands behind the head of an answer. */
export type AnswerBody =
  /** The whole body, ready to send. */
  | { kind: "whole"; bytes: Uint8Array<ArrayBuffer>; usage: Usage }
  /** A stream that has begun: what was held until its first word, and where the rest comes from. */
  | {
    kind: "stream";
    held: Uint8Array<ArrayBuffer>[];
    source: ByteSource;
    stream: AnswerStream;
  };

/** An answer, in the client's protocol. */
export interface Answer {
  status: number;
  /** The upstream's headers, unfiltered. */
  headers: ReadableHeaders;
  body: AnswerBody;
  losses: Loss[];
  /** Whether the model finished without a word or a tool call. */
  isEmpty: boolean;
}
