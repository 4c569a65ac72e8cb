/**
 * What to do after an attempt: one table, a row per class of outcome.
 *
 * @module
 */
import type { Outcome } from "./outcome.ts";

/** The classes of outcomes; each is a row of the table. */
export type OutcomeClass =
  | "answered"
  | "empty answer"
  | "not sent"
  | "stale socket"
  | "ambiguous"
  | "status"
  | "candidate at fault"
  | "broken success"
  | "broken stream start"
  | "client's fault"
  | "untranslatable"
  | "other"
  | "client gone";

/** What follows from a class. */
export interface Verdict {
  /** Whether the same candidate is tried once more first. */
  again: "no" | "once, on a fresh connection" | "once, when it is the only candidate";
  /** Whether the next candidate is tried. */
  next: boolean;
  /** How the candidate rests. */
  cooldown: "none" | "failure" | "failure or Retry-After" | "key rejected";
  /** What health counts: a success, a failure, or nothing. */
  health: "ok" | "failed" | "none";
}

/** The table. */
export const VERDICTS: Readonly<Record<OutcomeClass, Verdict>> = {
  "answered": { again: "no", next: false, cooldown: "none", health: "ok" },
  "empty answer": { again: "no", next: true, cooldown: "none", health: "failed" },
  "not sent": {
    again: "once, when it is the only candidate",
    next: true,
    cooldown: "failure",
    health: "failed",
  },
  // A connection that had been closed says nothing of the upstream; the second attempt does.
  "stale socket": {
    again: "once, on a fresh connection",
    next: true,
    cooldown: "none",
    health: "none",
  },
  "ambiguous": { again: "no", next: true, cooldown: "failure", health: "failed" },
  "status": { again: "no", next: true, cooldown: "failure or Retry-After", health: "failed" },
  "candidate at fault": { again: "no", next: true, cooldown: "key rejected", health: "failed" },
  "broken success": { again: "no", next: true, cooldown: "failure", health: "failed" },
  "broken stream start": { again: "no", next: true, cooldown: "failure", health: "failed" },
  "client's fault": { again: "no", next: false, cooldown: "none", health: "none" },
  "untranslatable": { again: "no", next: true, cooldown: "none", health: "none" },
  "other": { again: "no", next: false, cooldown: "none", health: "none" },
  "client gone": { again: "no", next: false, cooldown: "none", health: "none" },
};

/** What the classes depend on beside the outcome. */
export interface VerdictRules {
  /** The user's own list or the usual one: it wins over every other row. */
  retryStatusCodes: ReadonlySet<number>;
  /** Whether only `retryStatusCodes` counts. */
  strictRetryList: boolean;
  /** Whether an answer without content is tried at the next candidate. */
  emptyIsFailure: boolean;
  /** Whether another candidate may follow: under `auto` or a chain. */
  hasOthers: boolean;
}

const BUILT_IN_RETRY: ReadonlySet<number> = new Set([408, 425, 529, 520, 521, 522, 523, 524]);
const AT_FAULT: ReadonlySet<number> = new Set([401, 402, 403, 404]);
const CLIENTS_FAULT: ReadonlySet<number> = new Set([400, 405, 406, 411, 413, 414, 415, 422, 431]);

/** The class of an outcome. */
export function classify(outcome: Outcome, rules: VerdictRules): OutcomeClass {
  switch (outcome.kind) {
    case "answered":
      return outcome.answer.isEmpty && rules.emptyIsFailure ? "empty answer" : "answered";
    case "not-sent":
      return "not sent";
    case "stale-socket":
      return "stale socket";
    case "ambiguous":
      return "ambiguous";
    case "status":
      return classOfStatus(outcome, rules);
    case "broken":
      return outcome.isStream ? "broken stream start" : "broken success";
    case "untranslatable":
      return "untranslatable";
    case "client-gone":
      return "client gone";
    default:
      return outcome satisfies never;
  }
}

function classOfStatus(
  { status, fault }: Outcome & { kind: "status" },
  rules: VerdictRules,
): OutcomeClass {
  if (rules.retryStatusCodes.has(status)) return "status";
  if (BUILT_IN_RETRY.has(status) && !rules.strictRetryList) return "status";
  // Anthropic says with a 400 that an account is empty: the next candidate may have a full one.
  const isAtFault = AT_FAULT.has(status) || fault.kind === "billing";
  if (isAtFault && rules.hasOthers) return "candidate at fault";
  return CLIENTS_FAULT.has(status) ? "client's fault" : "other";
}
