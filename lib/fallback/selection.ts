/**
 * Which of a request's candidates is tried next.
 *
 * Asked anew before every attempt: while one candidate was tried, others may have begun to rest,
 * or be well again.
 *
 * @module
 */
import type { Candidate } from "../routing/candidate.ts";
import type { Cooldowns, Rest } from "./cooldown.ts";
import { USUAL_DEADLINE_MS } from "./deadline.ts";

/** What comes next. */
export type Step =
  | {
    kind: "try";
    candidate: Candidate;
    /** Whether nobody else would be tried after this one. */
    isLast: boolean;
    /** Whether it failed lately, and is tried for want of a better one. */
    isResting: boolean;
  }
  /** Everybody that is left was told to wait. `status`: 429 if all of them were by a 429. */
  | { kind: "wait"; waitMs: number; status: number | undefined }
  /** Everybody was tried. */
  | { kind: "nobody" };

/** The candidates of one request that were not tried yet; each is given out once. */
export class Selection {
  readonly #cooldowns: Cooldowns;
  #untried: Candidate[];

  constructor(candidates: readonly Candidate[], cooldowns: Cooldowns) {
    this.#untried = [...candidates];
    this.#cooldowns = cooldowns;
  }

  /**
   * The first that is ready; else of those that failed lately the one whose rest ends soonest. One
   * whose upstream said how long it wants to be left alone is not tried before.
   */
  next(): Step {
    if (this.#untried.length === 0) return { kind: "nobody" };
    const chosen = this.#firstReady() ?? this.#soonest();
    if (chosen === undefined) return this.#told();
    this.#untried = this.#untried.filter((one) => one !== chosen);
    const isLast = this.#untried.every((one) => this.#isAway(one));
    return { kind: "try", candidate: chosen, isLast, isResting: this.#isResting(chosen) };
  }

  #firstReady(): Candidate | undefined {
    return this.#untried.find((one) => !this.#isResting(one));
  }

  #isResting(candidate: Candidate): boolean {
    return this.#cooldowns.restOf(candidate) !== undefined;
  }

  #isAway(candidate: Candidate): boolean {
    const rest = this.#cooldowns.restOf(candidate);
    // An attempt with others behind it takes no longer: who is told to wait longer is not behind it.
    return isDirected(rest) && rest!.remainingMs > USUAL_DEADLINE_MS;
  }

  #soonest(): Candidate | undefined {
    let soonest: { candidate: Candidate; remainingMs: number } | undefined;
    for (const candidate of this.#untried) {
      const rest = this.#cooldowns.restOf(candidate);
      if (!rest || isDirected(rest)) continue;
      const { remainingMs } = rest;
      if (!soonest || remainingMs < soonest.remainingMs) soonest = { candidate, remainingMs };
    }
    return soonest?.candidate;
  }

  #told(): Step {
    const rests = this.#untried.map((one) => this.#cooldowns.restOf(one)!);
    const waitMs = Math.min(...rests.map(({ remainingMs }) => remainingMs));
    const other = rests.find(({ status }) => status !== 429);
    return { kind: "wait", waitMs, status: other ? other.status : 429 };
  }
}

/** Once the time is over, another request is already asking: then nobody has to be left alone. */
function isDirected(rest: Rest | undefined): boolean {
  return rest?.reason === "directed" && rest.remainingMs > 0;
}
