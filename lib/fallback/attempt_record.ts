/**
 * What is noted of an attempt: for headers and logs, and for the candidate's rest.
 *
 * @module
 */
import type { AttemptRecord } from "../base/observer.ts";
import type { Candidate } from "../routing/candidate.ts";
import type { RestOptions } from "./cooldown.ts";
import type { Outcome } from "./outcome.ts";
import { retryAfterMs } from "./retry_after.ts";
import type { Verdict } from "./verdict.ts";

/** A failure with a telling status is known by it; any other by its word. */
export function recordOf(candidate: Candidate, outcome: Outcome, ms: number): AttemptRecord {
  const record = { model: candidate.model, route: candidate.route.name, ms: Math.round(ms) };
  switch (outcome.kind) {
    case "answered":
      return outcome.answer.isEmpty
        ? { ...record, status: outcome.answer.status, reason: "empty" }
        : { ...record, status: outcome.answer.status };
    case "status":
      return { ...record, status: outcome.status };
    case "broken":
    case "not-sent":
    case "ambiguous":
      return { ...record, reason: outcome.reason };
    case "stale-socket":
      return { ...record, reason: "reset" };
    case "untranslatable":
      return { ...record, reason: outcome.error.code ?? "untranslatable" };
    case "client-gone":
      return { ...record, reason: "client-gone" };
    default:
      return outcome satisfies never;
  }
}

/** Words in a 429 or 402 that speak of the account rather than of this moment's traffic. */
const QUOTA = /quota|billing|credit|balance/i;

/** How a candidate rests after a failure. */
export function restFor(
  outcome: Outcome,
  cooldown: Exclude<Verdict["cooldown"], "none">,
  epochMs: number,
): RestOptions {
  if (outcome.kind !== "status") return { reason: "failure" };
  const { status, headers, fault } = outcome;
  const isAccount = status === 401 || fault.kind === "billing" ||
    (status === 429 && QUOTA.test(fault.message));
  const shared = isAccount ? { isShared: true } : {};
  if (cooldown === "key rejected") return { reason: "key-rejected", status, ...shared };
  const waitMs = retryAfterMs(headers, epochMs);
  if (waitMs === undefined) return { reason: "failure", status, ...shared };
  return { reason: "directed", status, waitMs, ...shared };
}

/** Statuses with which an upstream turns away whoever asks, not what is asked. */
const KEY_REJECTED: ReadonlySet<number> = new Set([401, 402, 403]);

/** What the log says of a failure: the upstream's words, loudly when it refused the key. */
export function detailOf(outcome: Outcome): string | undefined {
  const words = "fault" in outcome ? outcome.fault?.message : undefined;
  if (outcome.kind !== "status" || !KEY_REJECTED.has(outcome.status)) return words;
  return words ? `key rejected: ${words}` : "key rejected";
}

/** Whether the refused key was the client's own: the next client may have a better one. */
export function isClientsOwnKey({ route }: Candidate, outcome: Outcome): boolean {
  return route.forwardsClientAuth && outcome.kind === "status" && KEY_REJECTED.has(outcome.status);
}
