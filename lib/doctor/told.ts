/**
 * What came of a question, in words.
 *
 * @module
 */
import type { UpstreamFault } from "../chat/response.ts";
import type { BrokenReason } from "../fallback/outcome.ts";
import type { Observation } from "./observation.ts";

/** What is needed to tell it. */
export interface Telling {
  /** Takes secrets out of an upstream's words. */
  redact: (text: string) => string;
  timeoutMs: number;
}

/** Longer messages of an upstream are cut. */
const MAX_QUOTED = 200;
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const NOT_PRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** An upstream's own words: without secrets, on one line, and cut. */
export function quoted(words: string, { redact }: Telling): string {
  // Redacted first: half a secret would not be found.
  const line = redact(words).toWellFormed().replace(NOT_PRINTABLE, " ").trim();
  const isLong = line.length > MAX_QUOTED;
  return `“${isLong ? `${line.slice(0, MAX_QUOTED).toWellFormed().trimEnd()}…` : line}”`;
}

/** `400: “Unsupported parameter”` */
export function faultText(fault: UpstreamFault, telling: Telling): string {
  const { status, message } = fault;
  return message.trim() === "" ? `${status}` : `${status}: ${quoted(message, telling)}`;
}

const BROKEN: Readonly<Record<BrokenReason, string>> = {
  "empty-body": "it answers with an empty body",
  "html": "it answers with a web page: is the URL right",
  "malformed": "what it answers is not JSON",
  "error-event": "it answers with an error inside a good status",
  "no-answer": "what it answers holds no answer",
  "redirect": "it answers with a redirect, which is never followed: is the URL right",
  "cut": "its answer breaks off",
  "too-large": "its answer is too long",
  "timeout": "its answer does not end in time",
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  "refused": "the connection was refused",
  "dns": "its name cannot be resolved",
  "tls": "no TLS connection could be made",
  "connect-timeout": "no connection could be made in time",
  "reset": "the connection was closed before an answer",
};

/** `30 s`, `1.5 s`, `800 ms` */
export function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** Why there is no answer. */
export function failureText(
  observation: Exclude<Observation, { kind: "answered" }>,
  telling: Telling,
): string {
  switch (observation.kind) {
    case "refused":
      return faultText(observation.fault, telling) + waitText(observation);
    case "broken": {
      const { fault, reason } = observation;
      return fault ? `${BROKEN[reason]}: ${quoted(fault.message, telling)}` : BROKEN[reason];
    }
    case "silent":
      return `no whole answer within ${duration(telling.timeoutMs)}`;
    case "unreachable":
      return UNREACHABLE[observation.reason] ?? observation.reason;
    case "unwritable":
      return `the gateway cannot write it: ${quoted(observation.message, telling)}`;
    default:
      return observation satisfies never;
  }
}

function waitText({ fault, retryAfterMs }: Observation & { kind: "refused" }): string {
  if (retryAfterMs !== undefined) return `, ask again in ${duration(retryAfterMs)}`;
  return fault.status === 429 ? ", without saying when to ask again" : "";
}
