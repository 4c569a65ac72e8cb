/**
 * Puts one question to one upstream, the way a real request would go, and notes what came of it.
 *
 * The same attempt as for a client: URL, headers, credentials, deadlines, and what counts as no
 * answer. What is missing on purpose is everything that helps: no other candidate, no second try,
 * nothing learned.
 *
 * @module
 */
import type { CancelTimer, Clock } from "../base/clock.ts";
import { GatewayError } from "../base/error.ts";
import { type Send, UpstreamFailure } from "../base/exchange.ts";
import { parseJson } from "../base/json.ts";
import { JsonBody } from "../base/json_body.ts";
import { CHAT_ENDPOINT } from "../base/protocol.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ChatResponse, UpstreamFault } from "../chat/response.ts";
import type { Answer } from "../fallback/answer.ts";
import { Attempt } from "../fallback/attempt.ts";
import type { ChatCall } from "../fallback/chat_call.ts";
import type { BrokenReason, Outcome } from "../fallback/outcome.ts";
import { RequestWriter } from "../fallback/request_writer.ts";
import { retryAfterMs } from "../fallback/retry_after.ts";
import type { Candidate } from "../routing/candidate.ts";
import type { Codec, EncodedRequest } from "../translation/codec.ts";
import { codecOf } from "../translation/codecs.ts";
import { StreamCollection } from "../translation/stream_translation.ts";
import { decodeAnswer, encodeRequest } from "../translation/translate.ts";

/** What came of a question. */
export type Observation =
  | {
    kind: "answered";
    response: ChatResponse;
    /** Whether it came as a stream of events. */
    isStream: boolean;
  }
  /** The upstream said no. */
  | { kind: "refused"; fault: UpstreamFault; retryAfterMs?: number }
  /** The head was well, what followed was not. */
  | { kind: "broken"; reason: BrokenReason; fault?: { message: string } }
  /** Nothing came in time. */
  | { kind: "silent" }
  /** There was no connection, or it broke. */
  | { kind: "unreachable"; reason: string }
  /** It cannot be written for this upstream; nothing was sent. */
  | { kind: "unwritable"; message: string };

/** With what a question is put. */
export interface Asking {
  send: Send;
  clock: Clock;
  /** For the whole of an answer. */
  timeoutMs: number;
  newId: () => string;
}

/** An answer of a few words is never that long. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Puts a question.
 *
 * @param candidate A route that speaks one protocol, with the quirks that are to hold.
 */
export async function ask(
  candidate: Candidate,
  request: ChatRequest,
  asking: Asking,
): Promise<Observation> {
  const upstream = codecOf(candidate.route.protocols[0]!);
  const { model, route: { quirks } } = candidate;
  try {
    const written = encodeRequest(request, { upstream, model, quirks });
    return await new Question(candidate, { written, asking, isStream: request.stream }).put();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { kind: "unwritable", message: error.message };
  }
}

class Question {
  readonly #candidate: Candidate;
  readonly #asking: Asking;
  readonly #codec: Codec;
  readonly #call: ChatCall;
  readonly #controller = new AbortController();
  #cancelTimer: CancelTimer | undefined;
  #isOverdue = false;

  constructor(
    candidate: Candidate,
    { written, asking, isStream }: { written: EncodedRequest; asking: Asking; isStream: boolean },
  ) {
    const protocol = candidate.route.protocols[0]!;
    const { timeoutMs, clock, newId } = asking;
    const { connectMs } = candidate.route.timeouts;
    // The attempt ends when its client leaves: who asks here leaves when the time is over.
    const timeouts = {
      ...candidate.route.timeouts,
      connectMs: Math.min(connectMs, timeoutMs),
      firstByteMs: timeoutMs * 2,
      requestMs: timeoutMs * 2,
    };
    this.#candidate = { ...candidate, route: { ...candidate.route, timeouts } };
    this.#asking = asking;
    this.#codec = codecOf(protocol);
    this.#call = {
      id: newId(),
      protocol,
      endpoint: CHAT_ENDPOINT[protocol],
      query: "",
      headers: new Headers({
        "content-type": "application/json",
        "user-agent": "openclaw-autoproxy",
        ...written.headers,
      }),
      body: JsonBody.of(written.body),
      model: candidate.model,
      isStream,
      isStrict: false,
      receivedAtMs: clock.nowMs(),
      signal: this.#controller.signal,
    };
  }

  async put(): Promise<Observation> {
    const { clock, timeoutMs } = this.#asking;
    this.#cancelTimer = clock.after(timeoutMs, () => {
      this.#isOverdue = true;
      this.#controller.abort();
    });
    try {
      return await this.#observed(await this.#attempt().run());
    } finally {
      this.#cancelTimer();
    }
  }

  #attempt(): Attempt {
    const { send, clock } = this.#asking;
    const { quirks } = this.#candidate.route;
    const writer = new RequestWriter(this.#call);
    const setting = { call: this.#call, writer, quirks, send, clock, isLast: true, isFresh: false };
    return new Attempt(this.#candidate, setting);
  }

  async #observed(outcome: Outcome): Promise<Observation> {
    switch (outcome.kind) {
      case "answered":
        return await this.#answered(outcome.answer);
      case "status":
        return this.#refused(outcome);
      case "broken":
        if (outcome.reason === "timeout") return { kind: "silent" };
        return broken(outcome.reason, outcome.fault);
      case "not-sent":
        return { kind: "unreachable", reason: outcome.reason };
      case "ambiguous":
        return outcome.reason === "timeout"
          ? { kind: "silent" }
          : { kind: "unreachable", reason: outcome.reason };
      case "stale-socket":
        return { kind: "unreachable", reason: "reset" };
      case "untranslatable":
        return { kind: "unwritable", message: outcome.error.message };
      case "client-gone":
        return { kind: "silent" };
      default:
        return outcome satisfies never;
    }
  }

  #refused({ fault, headers }: Outcome & { kind: "status" }): Observation {
    const waitMs = retryAfterMs(headers, this.#asking.clock.epochMs());
    return { kind: "refused", fault, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  }

  async #answered({ body, headers }: Answer): Promise<Observation> {
    const isJson = (headers.get("content-type") ?? "").toLowerCase().includes("json");
    try {
      const response = body.kind === "stream" ? await this.#streamed(body) : this.#whole(body);
      return { kind: "answered", response, isStream: !isJson && this.#call.isStream };
    } catch (error) {
      if (error instanceof GatewayError) return broken("error-event", error);
      if (!(error instanceof UpstreamFailure)) throw error;
      return this.#isOverdue ? { kind: "silent" } : broken("cut");
    }
  }

  /** JSON, or what the attempt made of it for who wants a stream. */
  #whole({ bytes, usage }: Answer["body"] & { kind: "whole" }): ChatResponse {
    if (!this.#call.isStream) {
      return decodeAnswer(parseJson(new TextDecoder().decode(bytes)), this.#codec);
    }
    const collection = new StreamCollection(this.#codec);
    collection.push(bytes);
    // A Chat stream says what was used only to who asked, and this one was not asked.
    return { ...collection.end(), usage };
  }

  async #streamed(
    { held, source, stream }: Answer["body"] & { kind: "stream" },
  ): Promise<ChatResponse> {
    const collection = new StreamCollection(this.#codec);
    for (const piece of held) collection.push(piece);
    let length = 0;
    try {
      while (!stream.reading.isComplete && !stream.reading.fault && length < MAX_ANSWER_BYTES) {
        const piece = await source.read();
        collection.push(piece ? stream.push(piece) : stream.end());
        if (!piece) break;
        length += piece.length;
      }
    } finally {
      source.cancel();
    }
    return collection.end(stream.reading.fault);
  }
}

function broken(reason: BrokenReason, fault?: { message: string }): Observation {
  return { kind: "broken", reason, ...(fault ? { fault: { message: fault.message } } : {}) };
}
