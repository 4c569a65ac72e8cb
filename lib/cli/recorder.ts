/**
 * Records what passes a gateway: every exchange of its API becomes a cassette.
 *
 * It reads along and holds nothing up. What it cannot keep is missing from the cassette, never from
 * the answer.
 *
 * @module
 */
import type { Gateway } from "../app/gateway.ts";
import { guard } from "../app/guard.ts";
import { errorProtocol } from "../app/request_context.ts";
import type { Send } from "../base/exchange.ts";
import { cassetteOf } from "./cassette_of.ts";
import type { CassetteWriter } from "./cassette_folder.ts";
import {
  type PassingAnswer,
  PassingAttempts,
  PassingBody,
  type PassingExchange,
  type PassingRequest,
  RecordingSpace,
} from "./recorded_exchange.ts";
import type { Log } from "./log.ts";
import { systemClock } from "./system_clock.ts";
import type { Fetch, Tap } from "./tap.ts";

/** Whether a path belongs to the API, whose exchanges are recorded and played. */
export function isApiPath(pathname: string): boolean {
  return pathname.startsWith("/v1/") || pathname.startsWith("/anthropic/");
}

/** Records the exchanges of one gateway. */
export class Recorder implements Tap {
  readonly #writer: CassetteWriter;
  readonly #space = new RecordingSpace();
  readonly #attempts = new PassingAttempts(this.#space, systemClock);
  readonly #writing = new Set<Promise<void>>();

  constructor(writer: CassetteWriter) {
    this.#writer = writer;
  }

  answering(answer: Fetch, { gateway, log }: { gateway: Gateway; log: Log }): Fetch {
    return async (request) => {
      const url = new URL(request.url);
      if (!isApiPath(url.pathname) || isRefused(request, gateway)) return await answer(request);
      const exchange = this.#begin({
        method: request.method,
        url,
        headers: new Headers(request.headers),
      });
      const watched = watchedRequest(request, exchange.clientBody);
      const response = await answer(watched);
      return this.#watch(response, exchange, { gateway, log, signal: request.signal });
    };
  }

  sending(send: Send): Send {
    return async (request, signal) => {
      const watch = this.#attempts.begin(request);
      try {
        return watch.answered(await send(request, signal));
      } catch (error) {
        watch.failed(error);
        throw error;
      }
    };
  }

  /** Waits until everything is written. */
  async close(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #begin(request: PassingRequest): PassingExchange {
    const startedAtMs = systemClock.nowMs();
    return {
      number: this.#writer.nextNumber(),
      request,
      startedAtMs,
      clientBody: new PassingBody(this.#space, sinceOf(startedAtMs)),
      attempts: [],
    };
  }

  /** The same answer, noted while the client reads it, and kept when it is over. */
  #watch(
    response: Response,
    exchange: PassingExchange,
    { signal, ...parts }: { gateway: Gateway; log: Log; signal: AbortSignal },
  ): Response {
    const requestId = response.headers.get("x-gateway-request-id") ?? "";
    const now = sinceOf(exchange.startedAtMs);
    const body = new PassingBody(this.#space, now);
    const { status, headers } = response;
    const answer: PassingAnswer = { status, headers, afterMs: now(), body };
    exchange.answer = answer;
    exchange.attempts = this.#attempts.takeFor(requestId);
    const onEnd = once((ended?: PassingAnswer["ended"]) => {
      if (ended) answer.ended = ended;
      // A body that broke off was told with the attempt's own failure, which comes in this turn.
      queueMicrotask(() => this.#keep(exchange, { ...parts, requestId }));
    });
    signal.addEventListener("abort", () => onEnd("client-left"), { once: true });
    if (response.body === null || signal.aborted) {
      onEnd(signal.aborted ? "client-left" : undefined);
      return response;
    }
    return new Response(watchedStream(response.body, body, onEnd), { status, headers });
  }

  #keep(
    exchange: PassingExchange,
    { gateway, log, requestId }: { gateway: Gateway; log: Log; requestId: string },
  ): void {
    const { config, redact } = gateway.state;
    const writing = this.#write(exchange, { redact, secrets: config.secrets, requestId })
      .catch((error) => this.#writer.failed(error, log))
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async #write(
    exchange: PassingExchange,
    setting: { redact: (text: string) => string; secrets: readonly string[]; requestId: string },
  ): Promise<void> {
    const { number, clientBody, answer, attempts } = exchange;
    const bodies = attempts.flatMap((attempt) => [attempt.body, attempt.answer?.body]);
    try {
      const protocol = errorProtocol(exchange.request.url.pathname);
      const cassette = cassetteOf(exchange, { ...setting, protocol });
      await this.#writer.write(number, cassette);
    } finally {
      for (const body of [clientBody, answer?.body, ...bodies]) body?.release();
    }
  }
}

/** Whoever may not use the gateway may not fill its disk either. */
function isRefused(request: Request, { state }: Gateway): boolean {
  try {
    guard(request, state.config);
    return false;
  } catch {
    // Why, the gateway tells its client.
    return true;
  }
}

function sinceOf(startedAtMs: number): () => number {
  return () => Math.round(systemClock.nowMs() - startedAtMs);
}

function once<T>(run: (value?: T) => void): (value?: T) => void {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    run(value);
  };
}

/** The same request, its body noted while the gateway reads it. */
function watchedRequest(request: Request, body: PassingBody): Request {
  if (request.body === null) return request;
  return new Request(request, {
    body: watchedStream(request.body, body, () => {}),
    signal: request.signal,
  });
}

/** The same stream, pulled as it is pulled, each piece noted as it passes. */
function watchedStream(
  stream: ReadableStream<Uint8Array>,
  body: PassingBody,
  onEnd: (ended?: PassingAnswer["ended"]) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await reader.read();
        if (!done) {
          body.add(value);
          return controller.enqueue(value);
        }
      } catch (error) {
        onEnd("broken-off");
        throw error;
      }
      controller.close();
      onEnd();
    },
    cancel: async (reason) => {
      onEnd("client-left");
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
