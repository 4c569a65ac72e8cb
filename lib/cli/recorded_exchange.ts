/**
 * One exchange while it is recorded: everything that passes, bounded.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import {
  type ByteSource,
  joinBytes,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../base/exchange.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import type { TimedPiece } from "../stub/recorded_body.ts";

/** What all recordings of a process may hold together, and what one body may. */
export class RecordingSpace {
  static readonly maxBodyBytes = 8 * 1024 * 1024;
  static readonly maxBytes = 128 * 1024 * 1024;
  #heldBytes = 0;

  /** Whether that much more may be held; it then is. */
  take(bytes: number): boolean {
    if (this.#heldBytes + bytes > RecordingSpace.maxBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

/** One body as it passes: its pieces, up to a bound. */
export class PassingBody {
  readonly #space: RecordingSpace;
  readonly #now: () => number;
  readonly pieces: TimedPiece[] = [];
  /** How long the body was so far, what was not kept included. */
  byteCount = 0;
  #keptBytes = 0;
  isCut = false;

  constructor(space: RecordingSpace, now: () => number) {
    this.#space = space;
    this.#now = now;
  }

  /** Notes one piece, of which it takes a copy. */
  add(piece: Uint8Array): void {
    this.byteCount += piece.length;
    const isTooLong = this.#keptBytes + piece.length > RecordingSpace.maxBodyBytes;
    if (this.isCut || isTooLong || !this.#space.take(piece.length)) {
      this.isCut = true;
      return;
    }
    this.#keptBytes += piece.length;
    // A piece may be a part of a larger buffer, which would be held whole.
    this.pieces.push({ atMs: this.#now(), bytes: new Uint8Array(piece) });
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return joinBytes(this.pieces.map(({ bytes }) => bytes));
  }

  /** Lets go of what was kept. */
  release(): void {
    this.#space.give(this.#keptBytes);
    this.#keptBytes = 0;
    this.pieces.length = 0;
  }
}

/** The head of an answer and its body as it passes. */
export interface PassingAnswer {
  status: number;
  headers: ReadableHeaders;
  afterMs: number;
  body: PassingBody;
  ended?: "client-left" | "broken-off";
}

/** One request to an upstream as it passes. */
export interface PassingAttempt {
  request: UpstreamRequest;
  body: PassingBody;
  answer?: PassingAnswer;
  failure?: string;
}

/** A client's request, its head taken down: of a client that left nothing can be read any more. */
export interface PassingRequest {
  method: string;
  url: URL;
  headers: Headers;
}

/** One exchange as it passes. */
export interface PassingExchange {
  /** The how-manyth it is, from 1. */
  number: number;
  request: PassingRequest;
  /** The clock's time at which it began. */
  startedAtMs: number;
  clientBody: PassingBody;
  attempts: PassingAttempt[];
  answer?: PassingAnswer;
}

/** Follows requests to upstreams, and their answers. */
export class PassingAttempts {
  readonly #space: RecordingSpace;
  readonly #clock: Clock;
  readonly #byRequest = new Map<string, PassingAttempt[]>();

  constructor(space: RecordingSpace, clock: Clock) {
    this.#space = space;
    this.#clock = clock;
  }

  /** What was sent so far to answer a client's request; forgotten with this. */
  takeFor(requestId: string): PassingAttempt[] {
    const attempts = this.#byRequest.get(requestId) ?? [];
    this.#byRequest.delete(requestId);
    return attempts;
  }

  /** Notes a request that is about to be sent. */
  begin(request: UpstreamRequest): AttemptWatch {
    const startedAtMs = this.#clock.nowMs();
    const now = () => Math.round(this.#clock.nowMs() - startedAtMs);
    const attempt = { request, body: new PassingBody(this.#space, now) };
    for (const piece of request.body ?? []) attempt.body.add(piece);
    const { requestId } = request.purpose ?? {};
    if (requestId !== undefined) {
      this.#byRequest.set(requestId, [...this.#byRequest.get(requestId) ?? [], attempt]);
    }
    return new AttemptWatch(attempt, { space: this.#space, now });
  }
}

/** Follows one request to an upstream. */
export class AttemptWatch {
  readonly #attempt: PassingAttempt;
  readonly #setting: { space: RecordingSpace; now: () => number };

  constructor(
    attempt: PassingAttempt,
    setting: { space: RecordingSpace; now: () => number },
  ) {
    this.#attempt = attempt;
    this.#setting = setting;
  }

  /** Notes why there is no answer, or no whole one. */
  failed(error: unknown): void {
    this.#attempt.failure = error instanceof UpstreamFailure ? error.reason : "internal";
    if (this.#attempt.answer) this.#attempt.answer.ended = "broken-off";
  }

  /** The same answer, noted while it is read. */
  answered(response: UpstreamResponse): UpstreamResponse {
    const { space, now } = this.#setting;
    const body = new PassingBody(space, now);
    const { status, headers } = response;
    this.#attempt.answer = { status, headers, afterMs: now(), body };
    return { ...response, body: this.#watched(response.body, body) };
  }

  #watched(source: ByteSource, body: PassingBody): ByteSource {
    return {
      read: async () => {
        try {
          const piece = await source.read();
          if (piece) body.add(piece);
          return piece;
        } catch (error) {
          this.failed(error);
          throw error;
        }
      },
      cancel: () => source.cancel(),
    };
  }
}
