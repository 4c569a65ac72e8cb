/**
 * One HTTP exchange with an upstream, free of any client library.
 *
 * @module
 */
import type { ReadableHeaders } from "./header_fields.ts";

/** Bytes that are pulled one piece at a time: nothing is read that nobody asked for. */
export interface ByteSource {
  /**
   * The next piece; `undefined` after the last. The caller owns the piece.
   *
   * @throws {UpstreamFailure} When the upstream breaks off.
   */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Stops reading and releases the connection. Safe to call at any time, more than once. */
  cancel(): void;
}

/** A request that is ready to be sent. */
export interface UpstreamRequest {
  method: string;
  url: URL;
  headers: ReadableHeaders;
  /** The body's pieces, one after the other; `undefined`: no body. */
  body?: readonly Uint8Array<ArrayBuffer>[] | undefined;
  /**
   * Who still needs the body's bytes says so with this until it calls what it is given; else their
   * owner may let go of them, and they are gone.
   */
  hold?: () => () => void;
  /** Time to connect, in milliseconds. */
  connectTimeoutMs: number;
  /** Whether no kept connection may be used: the last one turned out to be closed. */
  isFresh?: boolean;
  /** What it is sent for; not a part of what is sent. */
  purpose?: Purpose;
}

/** Which client's request an upstream request serves, and by which route. */
export interface Purpose {
  requestId: string;
  route: string;
}

/** An upstream's answer: its head, and its body still to be read. */
export interface UpstreamResponse {
  status: number;
  headers: ReadableHeaders;
  body: ByteSource;
}

/**
 * Sends one request, once.
 *
 * @throws {UpstreamFailure} When no response head came.
 */
export type Send = (request: UpstreamRequest, signal: AbortSignal) => Promise<UpstreamResponse>;

/** How an exchange broke. */
export type FailureReason =
  /** The address refused the connection. */
  | "refused"
  /** The name could not be resolved. */
  | "dns"
  | "tls"
  | "connect-timeout"
  /** A connection from an earlier request had been closed before the answer's first byte. */
  | "stale"
  /** The connection broke after the request was sent. */
  | "reset"
  | "timeout"
  /** Our own signal ended it. */
  | "aborted";

/** Whether nothing of the request can have reached the upstream. */
const NOT_SENT: ReadonlySet<FailureReason> = new Set(["refused", "dns", "tls", "connect-timeout"]);

/** An exchange that broke. The message names no URL, key or prompt. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";

  constructor(readonly reason: FailureReason, options?: { cause?: unknown }) {
    super(`The upstream exchange ended: ${reason}`, options);
  }

  /** Whether nothing of the request can have reached the upstream. */
  get isNotSent(): boolean {
    return NOT_SENT.has(this.reason);
  }
}

/** The pieces as a source. */
export function sourceOf(pieces: Iterable<Uint8Array<ArrayBuffer>>): ByteSource {
  const iterator = pieces[Symbol.iterator]();
  return {
    read: () => Promise.resolve(iterator.next().value as Uint8Array<ArrayBuffer> | undefined),
    cancel: () => void iterator.return?.(),
  };
}

/** The whole body; `undefined` when it is longer than `maxBytes`, and then it is cancelled. */
export async function readWhole(
  source: ByteSource,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let piece = await source.read(); piece; piece = await source.read()) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxBytes) return source.cancel(), undefined;
  }
  return joinBytes(pieces);
}

/** An error is a message; what is longer than this is cut. */
const MAX_ERROR_BYTES = 256 * 1024;

/**
 * As much of an error's body as came, up to a bound: its status has said what matters. What is left
 * is cancelled.
 */
export async function readError(
  source: ByteSource,
  maxBytes: number = MAX_ERROR_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for (let piece = await source.read(); piece; piece = await source.read()) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) break;
    }
  } catch (error) {
    // Part of a message is better than none.
    if (!(error instanceof UpstreamFailure)) throw error;
  }
  source.cancel();
  return joinBytes(pieces).slice(0, maxBytes);
}

/**
 * Joins pieces into one; a single piece is given back as it is.
 */
export function joinBytes(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
