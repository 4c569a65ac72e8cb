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
import type { UpstreamFault } from "../chat/response.ts";
import type { AnswerBody } from "../fallback/answer.ts";
import { writeComment, writeSse } from "../sse/writer.ts";
import type { OpenStream } from "./gateway.ts";

/** How long a client hears nothing before it is told that the stream is alive. */
const KEEP_ALIVE_MS = 10_000;

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
  clock: Clock;
  /** Silence of the upstream that ends the stream, in milliseconds. */
  idleMs: number;
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
  /** The output that is ready; a pull takes all of it. */
  #ready: Uint8Array<ArrayBuffer>[];
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #isOver = false;
  #cancelIdle: CancelTimer | undefined;
  #cancelKeepAlive: CancelTimer | undefined;
  #failure: { fault: UpstreamFault; reason: string } | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#ready = [...options.preamble, ...options.body.held];
  }

  /** The stream that the client reads. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.#clientGone(),
    }, { highWaterMark: 0 });
  }

  interrupt(message: string): void {
    this.#fail("stopped", message);
  }

  async #pull(): Promise<void> {
    while (!this.#isOver) {
      if (this.#flush()) return;
      const { source, stream } = this.#options.body;
      if (stream.reading.isComplete || stream.reading.fault) return this.#finish();
      this.#armTimers();
      const piece = await this.#read(source);
      this.#disarmTimers();
      if (piece === undefined) return this.#finish();
      this.#ready.push(stream.push(piece));
    }
  }

  /** The upstream's next bytes; none at its end, or when it broke off. */
  async #read(source: { read(): Promise<Uint8Array<ArrayBuffer> | undefined> }) {
    try {
      return await source.read();
    } catch (error) {
      if (!(error instanceof UpstreamFailure)) throw error;
      this.#failure ??= failure(error.reason, "The upstream broke off");
      return undefined;
    }
  }

  /** Hands over what is ready, joined; says whether there was anything. */
  #flush(): boolean {
    const pieces = this.#ready.filter((piece) => piece.length > 0);
    this.#ready = [];
    for (const piece of pieces) this.#controller!.enqueue(piece);
    return pieces.length > 0;
  }

  #finish(): void {
    if (this.#isOver) return;
    const { stream } = this.#options.body;
    this.#ready.push(stream.end(this.#failure?.fault));
    this.#flush();
    this.#controller!.close();
    const { isComplete, fault } = stream.reading;
    const reason = this.#failure?.reason ?? (fault ? "error-event" : "cut");
    this.#end({ isComplete, isClientGone: false, ...(isComplete ? {} : { reason }) });
  }

  #clientGone(): void {
    this.#end({ isComplete: false, isClientGone: true });
  }

  #fail(reason: string, message: string): void {
    this.#failure ??= failure(reason, message);
    this.#finish();
  }

  #end(end: StreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#disarmTimers();
    this.#options.body.source.cancel();
    this.#options.onEnd(end);
  }

  #armTimers(): void {
    const { clock, idleMs } = this.#options;
    this.#cancelIdle = clock.after(idleMs, () => this.#fail("timeout", "The upstream fell silent"));
    this.#armKeepAlive();
  }

  /** Between two events only, which is where the output always stands. */
  #armKeepAlive(): void {
    const { clock, protocol } = this.#options;
    this.#cancelKeepAlive = clock.after(KEEP_ALIVE_MS, () => {
      this.#controller!.enqueue(KEEP_ALIVE[protocol]);
      this.#armKeepAlive();
    });
  }

  #disarmTimers(): void {
    this.#cancelIdle?.();
    this.#cancelKeepAlive?.();
  }
}

function failure(reason: string, message: string): { fault: UpstreamFault; reason: string } {
  const fault = { kind: "upstream", status: 502, message, code: "stream_interrupted" } as const;
  return { fault, reason };
}
