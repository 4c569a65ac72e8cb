/**
 * The catalogue of what a stub can do: each name, and what then happens on the wire.
 *
 * The same names stand in scenarios (`fault: rate-limit`) and in routes (`url: stub:rate-limit`).
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { Protocol } from "../base/protocol.ts";
import { writeComment, writeSse } from "../sse/writer.ts";
import {
  begun,
  brokenOff,
  failing,
  type Fault,
  fault,
  replaced,
  type Scene,
  silent,
  spoilt,
} from "./fault.ts";
import { errorAnswer, protocolOf, speak } from "./spoken.ts";
import { bodySteps, headSteps, type PlainAnswer, plainSteps, type WireStep } from "./wire.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How long a stub that refuses does not listen. */
const REFUSED_MS = 500;
/** A reset overtakes bytes that the other side has not read yet, so these get time to arrive. */
const ARRIVAL: WireStep = { do: "wait", ms: 25 };
/** Longer than the lines that readers of event streams are willing to hold. */
const HUGE_LINE_BYTES = 5 * 1024 * 1024;
const HALF_A_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/j";
const PAGE = "<!doctype html>\n<html><head><title>Bad Gateway</title></head>" +
  "<body><h1>Bad Gateway</h1></body></html>\n";

const PURPOSE = "The stub fails on purpose";

function raw(text: string): WireStep {
  return { do: "raw", bytes: encoder.encode(text) };
}

function errorInside({ question, options, answer }: Scene): PlainAnswer {
  const fault = { kind: "overloaded", status: 529, message: PURPOSE } as const;
  const plain = answer({ after: options.after ?? 1, fault });
  if (plain.isStream) return plain;
  return { ...errorAnswer(question, new GatewayError("overloaded", PURPOSE)), status: 200 };
}

/** Two thirds of the next event, with everything that an event stream wants around it. */
function partOfNext({ options }: Scene, { chunks }: PlainAnswer): Uint8Array<ArrayBuffer> {
  const next = decoder.decode(chunks[Math.min(options.after ?? 1, chunks.length - 1)]).trimEnd();
  return encoder.encode(`${next.slice(0, Math.ceil(next.length * 2 / 3))}\n\n`);
}

/** By which events each protocol says that an answer is over. */
const CLOSING: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /"finish_reason":"|\[DONE\]|"choices":\[\]/,
  openai_responses: /event: response\.(completed|incomplete)/,
  anthropic_messages: /event: message_(delta|stop)/,
};

function withoutFinish({ question, answer }: Scene): PlainAnswer {
  const plain = answer();
  if (!plain.isStream) return { ...plain, chunks: begun(plain, 1) };
  const closing = CLOSING[protocolOf(question.endpoint)];
  return { ...plain, chunks: plain.chunks.filter((chunk) => !closing.test(decoder.decode(chunk))) };
}

function* pings({ answer, options, pace, question }: Scene): Generator<WireStep> {
  const isAnthropic = protocolOf(question.endpoint) === "anthropic_messages";
  const ping = writeSse({ event: "ping", data: '{"type":"ping"}' });
  const bytes = encoder.encode(isAnthropic ? ping : writeComment("still here"));
  yield* headSteps({ ...answer(), isStream: true }, pace);
  const everyMs = Math.max(1, pace.chunkMs);
  for (let passedMs = 0; passedMs < (options.ms ?? 0); passedMs += everyMs) {
    yield { do: "body", bytes };
    yield { do: "wait", ms: everyMs };
  }
  yield { do: "end" };
}

function* drip({ answer, pace }: Scene): Generator<WireStep> {
  const plain = answer();
  yield* headSteps(plain, pace);
  const bytes = plain.chunks.flatMap((chunk) => Array.from(chunk, (byte) => Uint8Array.of(byte)));
  yield* bodySteps(bytes, pace);
  yield { do: "end" };
}

/** Every entry, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  ok: fault("Answers.", ({ answer, pace }) => plainSteps(answer(), pace)),
  slow: fault("Answers late and slowly.", ({ answer, pace }) => plainSteps(answer(), pace), {
    defaults: { delayMs: 2_000, chunkMs: 100 },
  }),
  drip: fault("Answers one byte at a time, `chunkMs` apart.", drip, { defaults: { chunkMs: 2 } }),

  fail: failing("An error with `status`, in the protocol's shape.", {
    defaults: { status: 503 },
    words: PURPOSE,
  }),
  flaky: failing("As `fail`, but only each third time.", {
    defaults: { status: 503, every: 3 },
    words: PURPOSE,
  }),
  "rate-limit": failing("429 with `retry-after`.", {
    defaults: { status: 429, retryAfter: 1 },
    words: "Rate limit reached: the stub asks for patience",
  }),
  quota: failing("429 of an account that has nothing left.", {
    defaults: { status: 429 },
    words: "You exceeded your current quota, please check your plan and billing details",
    code: "insufficient_quota",
  }),
  overloaded: failing("529, as an overloaded service says it.", {
    defaults: { status: 529 },
    words: "Overloaded",
  }),
  unauthorized: failing("401, as for a wrong key.", {
    defaults: { status: 401 },
    words: "Incorrect API key provided",
    code: "invalid_api_key",
  }),
  "context-overflow": failing("400 that says that the conversation is too long.", {
    defaults: { status: 400 },
    words: "prompt is too long: 250000 tokens > 200000 maximum",
    code: "context_length_exceeded",
  }),
  redirect: replaced("302 to a place where nobody listens.", () => ({
    status: 302,
    headers: [["location", "http://127.0.0.1:9/elsewhere"]],
    chunks: [],
    isStream: false,
  })),

  refuse: silent(
    "The connection is reset without a byte, and for `ms` nobody listens: whoever connects " +
      "then is refused.",
    ({ ms = REFUSED_MS }) => [{ do: "refuse", ms }],
    { options: ["ms"], defaults: { ms: REFUSED_MS } },
  ),
  reset: silent("The request is read; then the connection is reset (RST), without a byte.", () => [
    { do: "reset" },
  ]),
  close: silent("The request is read; then the connection is closed (FIN), without a byte.", () => [
    { do: "close" },
  ]),
  "reset-in-head": silent("The connection is reset in the middle of the headers.", () => [
    raw(HALF_A_HEAD),
    ARRIVAL,
    { do: "reset" },
  ]),
  "reset-after": brokenOff(
    "The connection is reset after `after` events, or in the middle of a JSON body.",
    [ARRIVAL, { do: "reset" }],
  ),
  "cut-after": brokenOff(
    "The connection is closed after `after` events, or before the promised length is reached.",
    [{ do: "close" }],
  ),
  "not-http": silent("Bytes that are not HTTP, and the connection is closed.", () => [
    raw("!! this is not HTTP\r\n\r\n"),
    { do: "close" },
  ]),
  "bad-framing": brokenOff(
    "After `after` events, or in the middle of a JSON body, a chunk whose length is no number.",
    [raw("zz\r\nnot a chunk\r\n"), { do: "close" }],
    { isChunked: true },
  ),

  stall: silent("Nothing comes, not even a head; the connection stays open.", () => [
    { do: "stall" },
  ]),
  "stall-after-head": brokenOff(
    "A head, and nothing behind it; the connection stays open.",
    [{ do: "stall" }],
    { after: 0 },
  ),
  "stall-after": brokenOff(
    "Silence after `after` events, or in the middle of a JSON body; the connection stays open.",
    [{ do: "stall" }],
  ),
  pings: fault("Nothing but pings or comments, `chunkMs` apart, for `ms`; then the end.", pings, {
    options: ["ms"],
    defaults: { ms: 60_000, chunkMs: 100 },
  }),

  "error-event": replaced(
    "An error event after `after` events; without a stream an error as the body of a 200.",
    errorInside,
    { options: ["after"], defaults: { after: 1 } },
  ),
  "malformed-chunk": spoilt(
    "After `after` events one that is not JSON; half of a JSON body.",
    () => encoder.encode("data: {not json\n\n"),
  ),
  "truncated-json": spoilt(
    "After `after` events a part of the next one; half of a JSON body.",
    partOfNext,
  ),
  "end-early": spoilt(
    "The stream ends in order after `after` events; half of a JSON body.",
    () => undefined,
  ),
  "no-finish": replaced(
    "All the words, and nothing that says that they are all; half of a JSON body.",
    withoutFinish,
  ),
  "bad-utf8": spoilt(
    "After `after` events one with bytes that are not UTF-8; half of a JSON body.",
    () => Uint8Array.of(...encoder.encode('data: "'), 0xff, 0xc0, 0x22, 0x0a, 0x0a),
  ),
  "huge-line": spoilt(
    "After `after` events a line of 5 MiB; half of a JSON body.",
    () => encoder.encode(`data: ${"x".repeat(HUGE_LINE_BYTES)}\n\n`),
  ),
  "done-only": replaced("A stream of `[DONE]` alone.", () => ({
    status: 200,
    headers: [["content-type", "text/event-stream"]],
    chunks: [encoder.encode("data: [DONE]\n\n")],
    isStream: true,
  })),
  "json-for-stream": replaced(
    "The whole answer as JSON, also where a stream was asked for.",
    ({ question }) => speak({ ...question, body: { ...question.body, stream: false } }),
  ),
  empty: replaced("200 with an empty body.", ({ answer }) => ({
    ...answer(),
    chunks: [],
    isStream: false,
  })),
  "no-content": replaced("204.", () => ({
    status: 204,
    headers: [],
    chunks: [],
    isStream: false,
  })),
  html: replaced("200 with a web page.", () => ({
    status: 200,
    headers: [["content-type", "text/html; charset=utf-8"]],
    chunks: [encoder.encode(PAGE)],
    isStream: false,
  })),
};
