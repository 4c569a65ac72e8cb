/**
 * What a request ended in.
 *
 * @module
 */
import type { GatewayError } from "../base/error.ts";
import type { AttemptRecord } from "../base/observer.ts";
import type { Candidate } from "../routing/candidate.ts";
import type { Answer } from "./answer.ts";
import type { PassedOn } from "./failure_answer.ts";

/** A change of candidate, as the client is told. */
export interface GatewayNotice {
  trigger_status: number | null;
  from_model: string;
  from_route: string;
  to_model: string;
  to_route: string;
}

/** The end of a request, before it is told to the client. */
export interface Delivery {
  /** The candidate that answered, or the last that was tried. */
  candidate?: Candidate;
  attempts: AttemptRecord[];
  notice?: GatewayNotice;
  /** Exactly one of the three: an answer, an upstream's own error, an error of ours. */
  answer?: Answer;
  passedOn?: PassedOn;
  error?: GatewayError;
}

/** A candidate that failed, and how that was noted. */
export interface FailedTry {
  candidate: Candidate;
  record: AttemptRecord;
}

/** What the client is told when another candidate answered than the first. */
export function noticeOf({ candidate, record }: FailedTry, to: Candidate): GatewayNotice {
  return {
    trigger_status: record.status ?? null,
    from_model: candidate.model,
    from_route: candidate.route.name,
    to_model: to.model,
    to_route: to.route.name,
  };
}
