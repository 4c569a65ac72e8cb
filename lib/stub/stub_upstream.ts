/**
 * An upstream inside the process: it speaks all protocols, without a network.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { GatewayError } from "../base/error.ts";
import {
  type ByteSource,
  type FailureReason,
  joinBytes,
  type Send,
  UpstreamFailure,
  type UpstreamRequest,
  type UpstreamResponse,
} from "../base/exchange.ts";
import { isObject, parseJson } from "../base/json.ts";
import { parseBehaviour, perform } from "./behaviour.ts";
import type { Question } from "./spoken.ts";
import type { WireStep } from "./wire.ts";

const decoder = new TextDecoder();

/** Answers `stub:` requests. Counts the requests to each URL, so each route fails on its own. */
export class StubUpstream {
  readonly #clock: Clock;
  readonly #calls = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly send: Send = async (request, signal) => {
    const parsed = parseBehaviour(request.url);
    // The configuration was checked, so this is a bug, not an answer.
    if ("problem" in parsed) throw new GatewayError("internal", parsed.problem);
    const { behaviour } = parsed;
    const call = this.#count(request.url);
    const question = questionOf(request, `stub-${behaviour.name}-${call}`);
    const { steps } = perform(question, { behaviour }, call);
    return await new UpstreamPlay(steps[Symbol.iterator](), { clock: this.#clock, signal }).head();
  };

  #count(url: URL): number {
    const key = url.href.replace(/\/v1[^?]*/, "");
    const call = (this.#calls.get(key) ?? 0) + 1;
    this.#calls.set(key, call);
    return call;
  }
}

function questionOf(request: UpstreamRequest, id: string): Question {
  const [, ...path] = request.url.pathname.split("/v1");
  const body = parseJson(decoder.decode(joinBytes(request.body ?? [])));
  return { endpoint: path.join("/v1"), body: isObject(body) ? body : {}, id };
}

/** What each way to end looks like to whoever sent the request; bytes that are no HTTP too. */
const REASONS: Partial<Record<WireStep["do"], FailureReason>> = {
  refuse: "refused",
  reset: "reset",
  close: "reset",
  raw: "reset",
};

/** Steps as an upstream's answer: what would break a connection breaks the exchange. */
class UpstreamPlay implements ByteSource {
  readonly #steps: Iterator<WireStep>;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #cancelled = Promise.withResolvers<void>();
  #isCancelled = false;

  constructor(
    steps: Iterator<WireStep>,
    { clock, signal }: { clock: Clock; signal: AbortSignal },
  ) {
    this.#steps = steps;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Plays up to the head. */
  async head(): Promise<UpstreamResponse> {
    for (;;) {
      const step = await this.#next();
      if (step === undefined) throw new UpstreamFailure("reset");
      if (step.do !== "head") continue;
      const headers = new Headers(step.headers.map(([name, value]) => [name, value]));
      return { status: step.status, headers, body: this };
    }
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      const step = await this.#next();
      if (step === undefined || step.do === "end") return undefined;
      if (step.do === "body") return step.bytes;
    }
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#cancelled.resolve();
    this.#steps.return?.();
  }

  /** The next step, once every wait before it is over. */
  async #next(): Promise<WireStep | undefined> {
    if (this.#signal.aborted) throw new UpstreamFailure("aborted");
    if (this.#isCancelled) return undefined;
    const { value: step } = this.#steps.next() as IteratorResult<WireStep, undefined>;
    if (step === undefined) return undefined;
    const reason = REASONS[step.do];
    if (reason !== undefined) throw new UpstreamFailure(reason);
    if (step.do === "wait") await this.#wait(step.ms);
    if (step.do === "stall") await this.#wait();
    return step;
  }

  /** Waits for so long, or for ever: until nobody wants the answer any more. */
  async #wait(ms?: number): Promise<void> {
    if (this.#signal.aborted) throw new UpstreamFailure("aborted");
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelTimer = ms === undefined ? undefined : this.#clock.after(ms, resolve);
    this.#signal.addEventListener("abort", () => resolve(), { once: true });
    await Promise.race([promise, this.#cancelled.promise]);
    cancelTimer?.();
    if (this.#signal.aborted) throw new UpstreamFailure("aborted");
  }
}
