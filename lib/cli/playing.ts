/**
 * One cassette on its way to a client.
 *
 * @module
 */
import { makeInert } from "../app/browser_safety.ts";
import type { Gateway, OpenStream } from "../app/gateway.ts";
import { WITHOUT_BODY } from "../base/answer_head.ts";
import type { RecordedAnswer } from "../stub/cassette.ts";
import { NOW, REQUEST_ID } from "../stub/cassette_cleaning.ts";
import type { NamedCassette } from "../stub/cassette_match.ts";
import { bodyBytes, chunkBytes } from "../stub/recorded_body.ts";

/** What one playing needs beside its cassette. */
export interface PlayingSetting {
  gateway: Gateway;
  /** The id of the request that is answered now. */
  requestId: string;
  /** Whether pieces come when they came at recording; else as fast as they are taken. */
  isTimed: boolean;
}

/** A piece, and when it is due: milliseconds after the request. */
interface DuePiece {
  atMs: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();
const MARK = encoder.encode(REQUEST_ID);

/** Plays one answer. */
export class Playing implements OpenStream {
  readonly #answer: RecordedAnswer;
  readonly #name: string;
  readonly #setting: PlayingSetting;
  readonly #startedAtMs: number;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #stopWaiting: () => void = () => {};

  constructor({ name, cassette }: NamedCassette, setting: PlayingSetting) {
    this.#name = name;
    this.#answer = cassette.answer;
    this.#setting = setting;
    this.#startedAtMs = setting.gateway.clock.nowMs();
  }

  /** The answer as it was recorded. */
  async response(): Promise<Response> {
    const { status, body, ended, afterMs } = this.#answer;
    const init = { status, headers: this.#headers() };
    await this.#waitUntil(afterMs);
    if (WITHOUT_BODY.has(status)) return new Response(null, init);
    const isWhole = ended === undefined && !(body && "stream" in body);
    if (isWhole) return new Response(body && this.#filled(bodyBytes(body)), init);
    return new Response(this.#stream(), init);
  }

  interrupt(message: string): void {
    this.#stopWaiting();
    this.#controller?.error(new Error(message));
    this.#controller = undefined;
    this.#setting.gateway.openStreams.delete(this);
  }

  #headers(): Headers {
    const { gateway, requestId } = this.#setting;
    const now = new Date(gateway.clock.epochMs()).toISOString();
    const headers = new Headers();
    for (const [name, value] of Object.entries(this.#answer.headers)) {
      headers.set(name, value.replaceAll(NOW, now).replaceAll(REQUEST_ID, requestId));
    }
    headers.set("x-gateway-request-id", requestId);
    headers.set("x-gateway-cassette", encodeURIComponent(this.#name));
    makeInert(headers, { isPage: false });
    return headers;
  }

  #stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { openStreams } = this.#setting.gateway;
    const pieces = this.#pieces();
    openStreams.add(this);
    return new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: async () => {
        const piece = pieces.shift();
        if (piece) await this.#waitUntil(piece.atMs);
        if (piece) this.#controller?.enqueue(this.#filled(piece.bytes));
        else this.#end();
      },
      cancel: () => {
        this.#stopWaiting();
        this.#controller = undefined;
        openStreams.delete(this);
      },
    }, { highWaterMark: 0 });
  }

  #pieces(): DuePiece[] {
    const { body, afterMs } = this.#answer;
    if (body === undefined) return [];
    if (!("stream" in body)) return [{ atMs: afterMs, bytes: bodyBytes(body) }];
    return body.stream.map((chunk) => ({ atMs: chunk.atMs, bytes: chunkBytes(chunk) }));
  }

  /** What broke off breaks off again: an end would be a whole answer. */
  #end(): void {
    this.#setting.gateway.openStreams.delete(this);
    if (this.#answer.ended) this.#controller?.error(new Error("The recorded answer broke off"));
    else this.#controller?.close();
  }

  /** With the id of the request that is answered now. */
  #filled(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (!holds(bytes, MARK)) return bytes;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return encoder.encode(text.replaceAll(REQUEST_ID, this.#setting.requestId));
  }

  /** Always from the beginning, so that small delays do not add up. */
  async #waitUntil(atMs: number): Promise<void> {
    const { isTimed, gateway: { clock } } = this.#setting;
    const delayMs = this.#startedAtMs + atMs - clock.nowMs();
    if (!isTimed || delayMs <= 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Not the clock's own timer, which is made for deadlines and exact to a few hundredths.
    const timer = setTimeout(resolve, delayMs);
    this.#stopWaiting = () => {
      clearTimeout(timer);
      resolve();
    };
    await promise;
  }
}

/** Whether `part` stands in `bytes`. */
function holds(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = bytes.indexOf(part[0]!); at !== -1; at = bytes.indexOf(part[0]!, at + 1)) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}
