/**
 * Answers requests over the candidates of their plans.
 *
 * @module
 */
import type { Candidate } from "../routing/candidate.ts";
import type { Plan } from "../routing/router.ts";
import type { ChatCall } from "./chat_call.ts";
import type { Rest } from "./cooldown.ts";
import type { Delivery } from "./delivery.ts";
import { type FallbackParts, Run } from "./run.ts";

/** Answers requests over the candidates of their plans. */
export class Fallback {
  readonly #parts: FallbackParts;

  constructor(parts: FallbackParts) {
    this.#parts = parts;
  }

  /**
   * Tries the plan's candidates.
   *
   * @returns How the request ended; `undefined` when the client left first.
   */
  deliver(call: ChatCall, plan: Plan): Promise<Delivery | undefined> {
    this.#parts.budget.countRequest();
    return new Run(this.#parts, call, plan).deliver();
  }

  /** The candidate's rest, or `undefined` when it may be asked. */
  restOf(candidate: Candidate): Rest | undefined {
    return this.#parts.cooldowns.restOf(candidate);
  }

  /** A committed stream broke off: the candidate rests, for the next request. */
  failedAfterCommit(candidate: Candidate): void {
    this.#parts.cooldowns.rest(candidate, { reason: "failure" });
  }
}
