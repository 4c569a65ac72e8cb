/**
 * One try of one candidate, up to the point where its answer could be committed.
 *
 * @module
 */
import { isEventStream } from "../base/answer_head.ts";
import type { Clock } from "../base/clock.ts";
import { GatewayError } from "../base/error.ts";
import {
  type ByteSource,
  readError,
  type Send,
  UpstreamFailure,
  type UpstreamResponse,
} from "../base/exchange.ts";
import { parseJson } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { RouteQuirks } from "../config/config.ts";
import type { Candidate } from "../routing/candidate.ts";
import { type AnswerContext, type Codec } from "../translation/codec.ts";
import { codecOf } from "../translation/codecs.ts";
import { freeformToolsOf } from "../translation/freeform_calls.ts";
import { estimateTokens } from "../translation/token_estimate.ts";
import { attemptRequest } from "./attempt_request.ts";
import type { ChatCall } from "./chat_call.ts";
import { Deadline, LAST_DEADLINE_MS, USUAL_DEADLINE_MS } from "./deadline.ts";
import type { Outcome } from "./outcome.ts";
import { protocolFor, type RequestWriter, type WrittenRequest } from "./request_writer.ts";
import { readAnswer } from "./answer_reader.ts";

/** What an attempt needs beside its candidate. */
export interface AttemptSetting {
  call: ChatCall;
  writer: RequestWriter;
  quirks: RouteQuirks;
  send: Send;
  clock: Clock;
  /** Whether no other candidate is left: slow local models get more time then. */
  isLast: boolean;
  /** Whether no kept connection may be used. */
  isFresh: boolean;
}

/** An error answer that takes longer is cut: its status has said what matters, and others wait. */
const MAX_ERROR_BODY_MS = 2_000;

/** Tries one candidate. Never throws. */
export class Attempt {
  readonly #candidate: Candidate;
  readonly #setting: AttemptSetting;
  readonly #deadline: Deadline;
  readonly #protocol: Protocol;

  constructor(candidate: Candidate, setting: AttemptSetting) {
    this.#candidate = candidate;
    this.#setting = setting;
    this.#deadline = new Deadline(setting.clock, setting.call.signal);
    this.#protocol = protocolFor(candidate.route, setting.call.protocol);
  }

  /** When the attempt began, on the monotonic clock. */
  get startedAtMs(): number {
    return this.#deadline.startedAtMs;
  }

  /** Milliseconds since the attempt began. */
  get elapsedMs(): number {
    return this.#deadline.elapsedMs;
  }

  async run(): Promise<Outcome> {
    try {
      const written = this.#setting.writer.write(this.#candidate, this.#setting.quirks);
      return await this.#exchange(written);
    } catch (error) {
      this.#deadline.release();
      if (error instanceof GatewayError) return { kind: "untranslatable", error };
      throw error;
    }
  }

  async #exchange(written: WrittenRequest): Promise<Outcome> {
    const response = await this.#head(written);
    if ("kind" in response) return response;
    try {
      const outcome = await this.#body(response, written);
      // A stream goes on: only then does the client's leaving still have to reach the upstream.
      const goesOn = outcome.kind === "answered" && outcome.answer.body.kind === "stream";
      if (goesOn) this.#deadline.disarm();
      else this.#end(response.body);
      return outcome;
    } catch (error) {
      this.#end(response.body);
      if (!(error instanceof UpstreamFailure)) throw error;
      return this.#brokenOff(response);
    }
  }

  #end(source: ByteSource): void {
    this.#deadline.release();
    source.cancel();
  }

  async #head(written: WrittenRequest): Promise<UpstreamResponse | Outcome> {
    const { call, send, isFresh } = this.#setting;
    const { headMs, answerMs } = this.#deadlines();
    this.#deadline.expireAt(headMs);
    try {
      const request = attemptRequest(this.#candidate, { call, written });
      const response = await send({ ...request, isFresh }, this.#deadline.signal);
      this.#deadline.expireAt(answerMs);
      return response;
    } catch (error) {
      this.#deadline.release();
      if (!(error instanceof UpstreamFailure)) throw error;
      return this.#noHead(error);
    }
  }

  /**
   * When head and answer are due. A value that the user set is not undercut by a usual one: a whole
   * answer's head comes only when all of it is written.
   */
  #deadlines(): { headMs: number; answerMs: number } {
    const { firstByteMs, requestMs } = this.#candidate.route.timeouts;
    const usualMs = this.#setting.isLast ? LAST_DEADLINE_MS : USUAL_DEADLINE_MS;
    const answerMs = requestMs ?? Math.max(usualMs, firstByteMs ?? 0);
    return { headMs: Math.min(firstByteMs ?? answerMs, answerMs), answerMs };
  }

  get #isTranslated(): boolean {
    return this.#protocol !== this.#setting.call.protocol;
  }

  #noHead(failure: UpstreamFailure): Outcome {
    if (this.#deadline.isExpired) return { kind: "ambiguous", reason: "timeout" };
    if (this.#setting.call.signal.aborted) return { kind: "client-gone" };
    if (failure.reason === "stale") return { kind: "stale-socket" };
    if (failure.isNotSent) return { kind: "not-sent", reason: failure.reason };
    return { kind: "ambiguous", reason: failure.reason };
  }

  #brokenOff(response: UpstreamResponse): Outcome {
    if (!this.#deadline.isExpired && this.#setting.call.signal.aborted) {
      return { kind: "client-gone" };
    }
    const reason = this.#deadline.isExpired ? "timeout" : "cut";
    const isStream = isEventStream(response.headers);
    return { kind: "broken", reason, isStream, status: response.status };
  }

  async #body(response: UpstreamResponse, written: WrittenRequest): Promise<Outcome> {
    const { status } = response;
    const upstream = codecOf(this.#protocol);
    if (status >= 400 || status < 200) {
      this.#deadline.expireWithin(MAX_ERROR_BODY_MS);
      return await statusOutcome(response, upstream);
    }
    const broken = { kind: "broken", isStream: false, status } as const;
    if (status >= 300) return { ...broken, reason: "redirect" };
    if (status === 204 || status === 205) return { ...broken, reason: "empty-body" };
    const { call } = this.#setting;
    return await readAnswer(response, {
      call,
      upstream,
      client: this.#isTranslated ? codecOf(call.protocol) : upstream,
      context: this.#context(),
      losses: written.losses,
    });
  }

  #context(): AnswerContext {
    const { call, clock, writer } = this.#setting;
    const request = this.#isTranslated ? writer.decoded() : undefined;
    return {
      id: call.id,
      createdAt: Math.floor(clock.epochMs() / 1000),
      model: this.#candidate.model,
      includeUsage: request?.includeUsage ?? false,
      ...(request ? { freeformTools: freeformToolsOf(request) } : {}),
      ...(call.rememberItems ? { rememberItems: call.rememberItems } : {}),
      estimatedInputTokens: request ? estimateTokens(request) : 0,
    };
  }
}

async function statusOutcome(response: UpstreamResponse, upstream: Codec): Promise<Outcome> {
  const { status, headers } = response;
  const bytes = await readError(response.body);
  const body = parseJson(new TextDecoder().decode(bytes));
  return { kind: "status", status, headers, bytes, fault: upstream.decodeError(status, body) };
}
