/**
 * Which candidates rest after a failure, and until when.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { Candidate } from "../routing/candidate.ts";

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;
const JITTER = 0.2;
/** A candidate that answered well this long has half of its failures forgotten. */
const HALVING_MS = 60_000;
const KEY_REJECTED_MS = 300_000;
/** Candidates come and go with reloads; this many are remembered. */
const MAX_REMEMBERED = 10_000;

/** Why a candidate rests. */
export type RestReason =
  /** It failed: it may be tried anyway when nothing else is left. */
  | "failure"
  /** Its upstream said for how long: until then it is not asked. */
  | "directed"
  /** Its key was refused. */
  | "key-rejected";

/** A rest that is under way. */
export interface Rest {
  reason: RestReason;
  /** How much longer, in milliseconds; 0 when it is over and somebody else is probing. */
  remainingMs: number;
  /** The status that led to it; absent when there was none. */
  status?: number;
}

interface State {
  reason: RestReason;
  beganAtMs: number;
  untilMs: number;
  status?: number;
  /** Failures in a row: each doubles the rest. */
  failures: number;
  /**
   * Since when the candidate answers well again; `undefined` until it does. Its healthy minutes,
   * which the failures are halved by, count from here: time at rest proves nothing.
   */
  healthySinceMs: number | undefined;
  /** Whether one request is finding out if the candidate is well again. */
  isProbing: boolean;
}

/** How a rest begins. */
export interface RestOptions {
  reason: RestReason;
  status?: number;
  /** For a directed rest: how long the upstream asked for, in milliseconds. */
  waitMs?: number;
  /** Whether all candidates that share key and host rest: a key's fault, or its quota's. */
  isShared?: boolean;
  /** When the attempt that failed began; absent: after every rest so far. */
  startedAtMs?: number;
}

/** Remembers who rests. `random` gives numbers from 0 to 1, for the jitter. */
export class Cooldowns {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #states = new Map<string, State>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The candidate's rest, or `undefined` when it may be asked. */
  restOf(candidate: Candidate): Rest | undefined {
    if (this.#states.size === 0) return undefined;
    const rests = [candidate.id, sharedId(candidate)].map((id) => this.#rest(id));
    const [first, second] = rests;
    if (!first || !second) return first ?? second;
    return first.remainingMs >= second.remainingMs ? first : second;
  }

  #rest(id: string): Rest | undefined {
    const state = this.#states.get(id);
    if (!state || state.healthySinceMs !== undefined) return undefined;
    const remainingMs = Math.max(0, state.untilMs - this.#clock.nowMs());
    if (remainingMs === 0 && !state.isProbing) return undefined;
    const { reason, status } = state;
    return { reason, remainingMs, ...(status === undefined ? {} : { status }) };
  }

  /**
   * An attempt at the candidate begins. When its rest is just over, this attempt is the probe, and
   * the candidate goes on resting for everybody else until the returned function is called.
   */
  claim(candidate: Candidate): () => void {
    const states = this.#statesOf(candidate)
      .filter((state) => state.healthySinceMs === undefined && !state.isProbing);
    states.forEach((state) => state.isProbing = true);
    return () => states.forEach((state) => state.isProbing = false);
  }

  /** The candidate failed: it rests. */
  rest(candidate: Candidate, options: RestOptions): void {
    const id = options.isShared ? sharedId(candidate) : candidate.id;
    const now = this.#clock.nowMs();
    const known = this.#states.get(id);
    const isKnown = known !== undefined && isSameOutage(known, options);
    // Many requests that were under way together fail together: that is one failure, not many.
    if (isKnown && options.reason === "failure") return;
    const failures = isKnown ? known.failures : this.#failuresOf(id, now) + 1;
    const { reason, restMs } = this.#length(options, failures);
    this.#states.delete(id);
    this.#states.set(id, {
      reason,
      beganAtMs: now,
      untilMs: Math.max(now + restMs, isKnown && known.reason === "directed" ? known.untilMs : 0),
      ...(options.status === undefined ? {} : { status: options.status }),
      failures,
      healthySinceMs: undefined,
      isProbing: false,
    });
    if (this.#states.size > MAX_REMEMBERED) {
      this.#states.delete(this.#states.keys().next().value!);
    }
  }

  /** The candidate answered well: its rest is over; older failures fade with time. */
  recover(candidate: Candidate): void {
    const now = this.#clock.nowMs();
    for (const state of this.#statesOf(candidate)) {
      // The answer to a request from before: the upstream's word, which came later, holds.
      const isTooEarly = state.reason === "directed" && state.untilMs > now;
      if (!isTooEarly) state.healthySinceMs ??= now;
    }
  }

  #statesOf(candidate: Candidate): State[] {
    if (this.#states.size === 0) return [];
    return [candidate.id, sharedId(candidate)].map((id) => this.#states.get(id))
      .filter((state) => state !== undefined);
  }

  #failuresOf(id: string, now: number): number {
    const state = this.#states.get(id);
    if (!state) return 0;
    const healthyMs = state.healthySinceMs === undefined ? 0 : now - state.healthySinceMs;
    return Math.floor(state.failures / 2 ** Math.floor(healthyMs / HALVING_MS));
  }

  #length(
    { reason, waitMs }: RestOptions,
    failures: number,
  ): { reason: RestReason; restMs: number } {
    if (reason === "key-rejected") return { reason, restMs: KEY_REJECTED_MS };
    // Who says "at once", and fails each time, would be asked first by every request.
    const isTaken = waitMs !== undefined && (waitMs >= FIRST_REST_MS || failures === 1);
    if (reason === "directed" && isTaken) return { reason, restMs: waitMs };
    const doubled = Math.min(FIRST_REST_MS * 2 ** Math.min(failures - 1, 16), LONGEST_REST_MS);
    return { reason: "failure", restMs: doubled * (1 + JITTER * (2 * this.#random() - 1)) };
  }
}

/** Whether an attempt had begun before the rest that it would lead to. */
function isSameOutage(
  { beganAtMs, healthySinceMs }: State,
  { startedAtMs }: RestOptions,
): boolean {
  return healthySinceMs === undefined && startedAtMs !== undefined && startedAtMs <= beganAtMs;
}

/** The id under which all candidates with one key at one host rest together. */
function sharedId({ route }: Candidate): string {
  return JSON.stringify([route.url.host, route.credentials?.key ?? ""]);
}
