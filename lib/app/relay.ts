/**
 * Sends a stream that has begun to its client, to its end.
 *
 * From here on nothing is retried: a failure becomes an error event of the client's protocol.
 *
 * @module
 */
import type { CancelTimer, Clock } from "../base/clock.ts";
import { UpstreamFailure } from "../base/exchange.ts";
import type { Protocol } from "../base/protocol.ts";
import type { Redact } from "../base/redaction.ts";
import type { UpstreamFault } from "../chat/response.ts";
import type { AnswerBody } from "../fallback/answer.ts";
import { writeComment, writeSse } from "../sse/writer.ts";
import { brokenAnswer, STREAM_INTERRUPTED } from "../translation/fault.ts";
import type { AnswerStream } from "../translation/stream_passthrough.ts";
import type { OpenStream } from "./gateway.ts";

/** How long a client hears nothing before it is told that the stream is alive. */
const KEEP_ALIVE_MS = 10_000;
/**
 * How many times the idle deadline an upstream may say no more than that it is still there. Some
 * think for minutes behind their pings; a dead one behind a live proxy does so for ever.
 */
const MAX_IDLE_TIMES = 10;

/** The reason of a stream that the gateway's own stop ended. */
export const STOPPED = "stopped";

const encoder = new TextEncoder();
const COMMENT = encoder.encode(writeComment("keep-alive"));
const PING = encoder.encode(writeSse({ event: "ping", data: '{"type":"ping"}' }));

/** What keeps a client's connection alive without saying anything. */
const KEEP_ALIVE: Readonly<Record<Protocol, Uint8Array<ArrayBuffer>>> = {
  openai_chat: COMMENT,
  openai_responses: COMMENT,
  anthropic_messages: PING,
};

/** How a stream is relayed. */
export interface RelayOptions {
  body: AnswerBody & { kind: "stream" };
  /** Bytes that go before the first event. */
  preamble: Uint8Array<ArrayBuffer>[];
  /** The protocol of the client. */
  protocol: Protocol;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
  clock: Clock;
  /** Silence of the upstream that ends the stream, in milliseconds. */
  idleMs: number;
  /** Takes secrets out of what an upstream says of its failure. */
  redact: Redact;
  /** Called once, when the stream is over. */
  onEnd: (end: StreamEnd) => void;
}

/** How a stream ended. `reason` names a failure. */
export interface StreamEnd {
  isComplete: boolean;
  isClientGone: boolean;
  reason?: string;
}

/** One stream on its way to its client. */
export class Relay implements OpenStream {
  readonly #options: RelayOptions;
  /** The output that is ready before the upstream is asked for more. */
  #ready: Uint8Array<ArrayBuffer>[];
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #isOver = false;
  /** Since when the upstream is waited for; `undefined` while the client is. */
  #waitsSinceMs: number | undefined;
  /** When the client was last told that the stream is alive. */
  #keptAliveAtMs = -Infinity;
  #cancelWatch: CancelTimer | undefined;
  #failure: { fault: UpstreamFault; reason: string } | undefined;
  /** Since when nothing came but pings and comments; `undefined` after a word. */
  #smallTalkSinceMs: number | undefined;
  readonly #onClientGone = () => this.#clientGone();

  constructor(options: RelayOptions) {
    this.#options = options;
    // Taken out of where they were: what was held can be large, and a stream long.
    this.#ready = [...options.preamble, ...options.body.held.splice(0)];
    // Not only through the stream's own cancel: nobody cancels a stream that nobody began to read.
    options.signal.addEventListener("abort", this.#onClientGone);
  }

  /** The stream that the client reads. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      // Answers when something is there, not by a promise: one less for each piece.
      pull: () => this.#pull(),
      cancel: () => this.#end({ isComplete: false, isClientGone: true }),
    }, { highWaterMark: 0 });
  }

  interrupt(message: string): void {
    this.#fail(STOPPED, message);
  }

  #pull(): void {
    if (this.#isOver || this.#waitsSinceMs !== undefined || this.#flush()) return;
    const { source, stream } = this.#options.body;
    if (stream.reading.isComplete || stream.reading.fault) return this.#finish();
    this.#waitsSinceMs = this.#options.clock.nowMs();
    if (this.#cancelWatch === undefined) this.#watch();
    source.read().then(this.#onPiece, this.#onBroken);
  }

  readonly #onPiece = (piece: Uint8Array<ArrayBuffer> | undefined): void => {
    this.#waitsSinceMs = undefined;
    if (this.#isOver) return;
    try {
      if (piece === undefined) this.#finish();
      else this.#pass(piece);
    } catch (error) {
      // Nothing may stay open behind a failure of our own; the client sees the connection break.
      this.#controller!.error(error);
      this.#end({ isComplete: false, isClientGone: false, reason: "internal" });
    }
  };

  #pass(piece: Uint8Array<ArrayBuffer>): void {
    const { stream } = this.#options.body;
    const before = stream.reading.newsCount;
    const bytes = this.#shown(stream.push(piece));
    if (stream.reading.newsCount > before) this.#smallTalkSinceMs = undefined;
    else this.#noteSmallTalk();
    if (this.#isOver) return;
    if (bytes.length > 0) this.#controller!.enqueue(bytes);
    else this.#pull();
  }

  #noteSmallTalk(): void {
    const { clock, idleMs } = this.#options;
    const now = clock.nowMs();
    this.#smallTalkSinceMs ??= now;
    const isDead = now - this.#smallTalkSinceMs > MAX_IDLE_TIMES * idleMs;
    if (isDead) this.#fail("timeout", "The upstream said nothing but that it is still there");
  }

  readonly #onBroken = (error: unknown): void => {
    // Nobody else aborts a stream that has begun: this is not the upstream's failure.
    const isAborted = error instanceof UpstreamFailure && error.reason === "aborted";
    if (isAborted) return this.#clientGone();
    const reason = error instanceof UpstreamFailure ? error.reason : "internal";
    this.#failure ??= failure(reason, "The upstream broke off");
    this.#onPiece(undefined);
  };

  /** Hands over what is ready; says whether there was anything. */
  #flush(): boolean {
    const pieces = this.#ready.filter((piece) => piece.length > 0);
    this.#ready = [];
    for (const piece of pieces) this.#controller!.enqueue(piece);
    return pieces.length > 0;
  }

  #finish(): void {
    if (this.#isOver) return;
    const { stream } = this.#options.body;
    this.#ready.push(this.#shown(stream.end(this.#failure?.fault)));
    this.#flush();
    this.#controller!.close();
    const { isComplete } = stream.reading;
    const reason = this.#failure?.reason ?? reasonOf(stream.reading);
    this.#end({ isComplete, isClientGone: false, ...(isComplete ? {} : { reason }) });
  }

  /** An error event may repeat the key that was refused; what came before it passes unread. */
  #shown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const { body, redact } = this.#options;
    if (!body.stream.reading.fault) return bytes;
    const text = new TextDecoder().decode(bytes);
    const clean = redact(text);
    return clean === text ? bytes : encoder.encode(clean);
  }

  #clientGone(): void {
    if (this.#isOver) return;
    this.#end({ isComplete: false, isClientGone: true });
    this.#controller?.close();
  }

  #fail(reason: string, message: string): void {
    this.#failure ??= failure(reason, message);
    this.#finish();
  }

  #end(end: StreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelWatch?.();
    this.#options.signal.removeEventListener("abort", this.#onClientGone);
    this.#options.body.source.cancel();
    this.#options.onEnd(end);
  }

  /**
   * Looks after the silence of the upstream. Set again only when it fires, and not with each piece:
   * most streams never fall silent.
   */
  readonly #watch = (): void => {
    const { clock, idleMs, protocol } = this.#options;
    const now = clock.nowMs();
    const since = this.#waitsSinceMs ?? now;
    if (now - since >= idleMs) return this.#fail("timeout", "The upstream fell silent");
    const heardAtMs = Math.max(since, this.#keptAliveAtMs);
    if (now - heardAtMs >= KEEP_ALIVE_MS) {
      // Between two events only, which is where the output always stands.
      this.#controller!.enqueue(KEEP_ALIVE[protocol]);
      this.#keptAliveAtMs = now;
    }
    const keepAliveAtMs = Math.max(since, this.#keptAliveAtMs) + KEEP_ALIVE_MS;
    this.#cancelWatch = clock.after(Math.min(keepAliveAtMs, since + idleMs) - now, this.#watch);
  };
}

/** What the answer itself shows of its failure. */
function reasonOf({ fault, isOverLimit }: AnswerStream["reading"]): string {
  if (isOverLimit) return "too-large";
  return fault && fault.code !== STREAM_INTERRUPTED ? "error-event" : "cut";
}

function failure(reason: string, message: string): { fault: UpstreamFault; reason: string } {
  return { fault: brokenAnswer(message), reason };
}
