/**
 * Reads an answer with a good status until it is known to be one: a JSON body whole, a stream up to
 * its first meaningful event.
 *
 * Upstreams answer in another form than was asked for; what matters is whether an answer is there,
 * so all four combinations are read.
 *
 * @module
 */
import { isEventStream } from "../base/answer_head.ts";
import { GatewayError } from "../base/error.ts";
import { type ByteSource, readWhole, type UpstreamResponse } from "../base/exchange.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import { parseJson } from "../base/json.ts";
import { hasContent } from "../chat/progress.ts";
import type { Loss } from "../chat/loss.ts";
import type { ChatResponse } from "../chat/response.ts";
import type { AnswerContext, Codec } from "../translation/codec.ts";
import { type AnswerStream, StreamPassthrough } from "../translation/stream_passthrough.ts";
import { StreamCollection, StreamTranslation } from "../translation/stream_translation.ts";
import { decodeAnswer, encodeAnswer, encodeAnswerAsStream } from "../translation/translate.ts";
import type { Answer } from "./answer.ts";
import type { ChatCall } from "./chat_call.ts";
import type { BrokenReason, Outcome } from "./outcome.ts";

/** Between whom the answer passes. */
export interface AnswerPath {
  call: ChatCall;
  upstream: Codec;
  /** The same as `upstream` when the protocol is the same. */
  client: Codec;
  context: AnswerContext;
  losses: Loss[];
}

/** A whole answer longer than this is not read. */
const MAX_WHOLE_BYTES = 32 * 1024 * 1024;
/** What is held of a stream before its first meaningful event; beyond either it is committed. */
const MAX_HELD_BYTES = 256 * 1024;
const MAX_HELD_MESSAGES = 64;
/** What is held of comments and pings; what comes beyond is dropped. */
const MAX_SMALL_TALK_BYTES = 16 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Reads an answer whose status is good.
 *
 * @throws {UpstreamFailure} When the upstream breaks off.
 */
export async function readAnswer(response: UpstreamResponse, path: AnswerPath): Promise<Outcome> {
  const declared = isDeclaredStream(response.headers);
  const { body, isStream } = declared === undefined
    ? await sniff(response.body)
    : { body: response.body, isStream: declared };
  const reader = new AnswerReader({ ...response, body }, path);
  if (!isStream) return await reader.whole();
  return path.call.isStream ? await reader.stream() : await reader.collected();
}

/** Whether a body is a stream by its type; `undefined` when its type does not tell. */
function isDeclaredStream(headers: ReadableHeaders): boolean | undefined {
  const type = (headers.get("content-type") ?? "").toLowerCase();
  if (type.includes("json") || type.startsWith("text/html")) return false;
  return isEventStream(headers) ? true : undefined;
}

/** Finds out whether a body is a stream by how it begins. */
async function sniff(source: ByteSource): Promise<{ body: ByteSource; isStream: boolean }> {
  const first = await source.read();
  const [start = 0] = (first ?? []).filter((byte) => byte > 0x20);
  const isStream = first !== undefined && start !== 0x7b && start !== 0x3c && start !== 0x5b;
  return { body: withFirst(source, first), isStream };
}

function withFirst(source: ByteSource, first: Uint8Array<ArrayBuffer> | undefined): ByteSource {
  let isFirst = true;
  return {
    read: () => {
      if (!isFirst) return source.read();
      isFirst = false;
      return Promise.resolve(first);
    },
    cancel: () => source.cancel(),
  };
}

class AnswerReader {
  readonly #response: UpstreamResponse;
  readonly #path: AnswerPath;

  constructor(response: UpstreamResponse, path: AnswerPath) {
    this.#response = response;
    this.#path = path;
  }

  /** A JSON body, read to its end and checked. */
  async whole(): Promise<Outcome> {
    const bytes = await readWhole(this.#response.body, MAX_WHOLE_BYTES);
    if (bytes === undefined) return this.#broken("too-large");
    const text = decoder.decode(bytes).trim();
    if (text === "") return this.#broken("empty-body");
    if (text.startsWith("<")) return this.#broken("html");
    const body = parseJson(text);
    if (body === undefined) return this.#broken("malformed");
    try {
      return this.#delivered(decodeAnswer(body, this.#path.upstream), bytes);
    } catch (error) {
      return this.#noAnswer(error);
    }
  }

  /** A stream for a client that did not ask for one. */
  async collected(): Promise<Outcome> {
    const collection = new StreamCollection(this.#path.upstream);
    const source = this.#response.body;
    let length = 0;
    for (let piece = await source.read(); piece; piece = await source.read()) {
      collection.push(piece);
      length += piece.length;
      if (length > MAX_WHOLE_BYTES) return this.#broken("too-large");
      if (collection.reading.isComplete || collection.reading.fault) break;
    }
    try {
      return this.#delivered(collection.end());
    } catch (error) {
      return this.#noAnswer(error, true);
    }
  }

  /** A stream for a client that asked for one: held until its first meaningful event. */
  async stream(): Promise<Outcome> {
    const stream = this.#newStream();
    const { reading } = stream;
    const held = new HeldOutput();
    while (!reading.hasMeaning && !reading.fault && !held.isFull) {
      const before = reading.newsCount;
      const piece = await this.#response.body.read();
      const bytes = piece ? stream.push(piece) : stream.end();
      held.add(bytes, reading.newsCount - before);
    }
    if (reading.fault) return this.#broken(streamReason(stream), true, reading.fault);
    const isEmpty = reading.isComplete && !reading.hasContent;
    return this.#answered({
      kind: "stream",
      held: held.pieces,
      source: this.#response.body,
      stream,
    }, isEmpty);
  }

  #newStream(): AnswerStream {
    const { upstream, client, context } = this.#path;
    if (upstream === client) return new StreamPassthrough(client, context);
    return new StreamTranslation({ upstream, client, context });
  }

  /** A whole answer in the form that the client asked for; its own bytes where they fit. */
  #delivered(response: ChatResponse, ownBytes?: Uint8Array<ArrayBuffer>): Outcome {
    const { call, upstream, client, context } = this.#path;
    const isEmpty = !hasContent(response);
    const target = { client, context };
    if (call.isStream) {
      const bytes = encodeAnswerAsStream(response, target);
      return this.#answered({ kind: "whole", bytes, usage: response.usage }, isEmpty);
    }
    const bytes = upstream === client && ownBytes
      ? ownBytes
      : encoder.encode(JSON.stringify(encodeAnswer(response, target)));
    return this.#answered({ kind: "whole", bytes, usage: response.usage }, isEmpty);
  }

  #answered(body: Answer["body"], isEmpty: boolean): Outcome {
    const { status, headers } = this.#response;
    const answer = { status, headers, body, losses: this.#path.losses, isEmpty };
    return { kind: "answered", answer };
  }

  #noAnswer(error: unknown, isStream = false): Outcome {
    if (!(error instanceof GatewayError)) throw error;
    const { kind, status, message, code } = error;
    const fault = { kind, status, message, ...(code === undefined ? {} : { code }) };
    return this.#broken(isStream ? "error-event" : "no-answer", isStream, fault);
  }

  #broken(
    reason: BrokenReason,
    isStream = false,
    fault?: { kind: GatewayError["kind"]; status: number; message: string; code?: string },
  ): Outcome {
    const { status } = this.#response;
    return { kind: "broken", reason, isStream, status, ...(fault ? { fault } : {}) };
  }
}

/** What is kept of a stream for as long as another candidate may still answer in its place. */
class HeldOutput {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #messages = 0;
  #smallTalkBytes = 0;

  /** Whether so much came without a word that it is time to commit. */
  get isFull(): boolean {
    return this.#messages > MAX_HELD_MESSAGES || this.#bytes > MAX_HELD_BYTES;
  }

  /** Comments and pings never fill it: an upstream that only says them has not begun. */
  add(bytes: Uint8Array<ArrayBuffer>, messageCount: number): void {
    this.#messages += messageCount;
    if (bytes.length === 0) return;
    if (messageCount > 0) this.#bytes += bytes.length;
    else if ((this.#smallTalkBytes += bytes.length) > MAX_SMALL_TALK_BYTES) return;
    this.pieces.push(bytes);
  }
}

/** A fault that the decoder made of the end of the bytes is a cut; any other the upstream told. */
function streamReason({ reading }: AnswerStream): BrokenReason {
  if (reading.fault?.code !== "stream_interrupted") return "error-event";
  if (reading.isOverLimit) return "too-large";
  return reading.messageCount === 0 ? "empty-body" : "cut";
}
