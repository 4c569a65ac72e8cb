/**
 * What the client is told when no candidate answered.
 *
 * @module
 */
import { GatewayError } from "../base/error.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import type { AttemptRecord } from "../base/observer.ts";
import type { UpstreamFault } from "../chat/response.ts";
import type { Candidate } from "../routing/candidate.ts";
import type { Cooldowns } from "./cooldown.ts";
import type { Outcome } from "./outcome.ts";

/** An upstream's own error, for the client to see. */
export interface PassedOn {
  status: number;
  headers: ReadableHeaders;
  bytes: Uint8Array<ArrayBuffer>;
  fault: UpstreamFault;
}

/** What a lone candidate's failure becomes: its own error where it had one. */
export function passedOn(outcome: Outcome): { passedOn: PassedOn } | { error: GatewayError } {
  switch (outcome.kind) {
    case "status": {
      const { status, headers, bytes, fault } = outcome;
      return { passedOn: { status, headers, bytes, fault } };
    }
    case "untranslatable":
      return { error: outcome.error };
    case "broken":
      return broken(outcome);
    case "not-sent":
    case "ambiguous":
      return { error: noAnswer(outcome.reason) };
    case "stale-socket":
      return { error: noAnswer("reset") };
    case "answered":
    case "client-gone":
      return { error: noAnswer(outcome.kind) };
    default:
      return outcome satisfies never;
  }
}

/** What an upstream says of its failure is told as its words, with the status that they stand for. */
function broken(
  { fault, reason }: Outcome & { kind: "broken" },
): { passedOn: PassedOn } | { error: GatewayError } {
  if (reason === "timeout") return { error: noAnswer(reason) };
  if (fault && fault.status >= 400 && fault.status <= 599) {
    const { status } = fault;
    return { passedOn: { status, headers: new Headers(), bytes: new Uint8Array(0), fault } };
  }
  const message = `The upstream's answer was not one: ${reason}`;
  return { error: new GatewayError("upstream", message, { code: "upstream_broken_answer" }) };
}

function noAnswer(reason: string): GatewayError {
  if (reason === "timeout") {
    return new GatewayError("timeout", "The upstream did not answer in time", {
      code: "upstream_timeout",
    });
  }
  return new GatewayError("upstream", `The upstream could not be reached: ${reason}`, {
    code: "upstream_unreachable",
  });
}

/** Every candidate rests because its upstream said so: nobody is asked. */
export function resting(waitMs: number, status: number | undefined): GatewayError {
  const seconds = Math.ceil(waitMs / 1000);
  const kind = status === 429 ? "rate_limit" : "unavailable";
  return new GatewayError(kind, `All upstreams asked to be left alone for ${seconds} s`, {
    code: "all_resting",
    details: { retry_after_seconds: seconds },
  });
}

/**
 * Every candidate was tried and failed: 429 if all said 429, 504 if all were too slow, 503 if none
 * could be reached or all were unavailable, else 502. The attempts are listed by model, reason and
 * time; never an upstream's body or URL.
 */
export function allFailed(
  attempts: readonly AttemptRecord[],
  cooldowns: Cooldowns,
  candidates: readonly Candidate[],
): GatewayError {
  const list = attempts.map(({ model, status, reason, ms }) => ({
    model,
    reason: reason ?? String(status),
    ms,
  }));
  const seconds = Math.ceil(soonestMs(cooldowns, candidates) / 1000);
  const told = list.map(({ model, reason, ms }) => `${model}: ${reason} after ${ms} ms`).join("; ");
  return new GatewayError(kindOf(attempts), `No candidate answered (${told})`, {
    code: "all_candidates_failed",
    details: { attempts: list, ...(seconds > 0 ? { retry_after_seconds: seconds } : {}) },
  });
}

const UNAVAILABLE: ReadonlySet<number> = new Set([503, 529]);
const UNREACHED: ReadonlySet<string> = new Set(["refused", "dns", "tls", "connect-timeout"]);

function kindOf(
  attempts: readonly AttemptRecord[],
): "rate_limit" | "timeout" | "unavailable" | "upstream" {
  const all = (test: (attempt: AttemptRecord) => boolean) => attempts.every(test);
  if (all(({ status }) => status === 429)) return "rate_limit";
  if (all(({ reason }) => reason === "timeout")) return "timeout";
  const isAway = all(({ status = 0, reason = "" }) =>
    UNAVAILABLE.has(status) || UNREACHED.has(reason)
  );
  return isAway ? "unavailable" : "upstream";
}

/** How long until the first candidate may be asked again. */
function soonestMs(cooldowns: Cooldowns, candidates: readonly Candidate[]): number {
  return Math.min(...candidates.map((one) => cooldowns.restOf(one)?.remainingMs ?? 0));
}
