/**
 * The deadlines of one attempt.
 *
 * @module
 */
import type { CancelTimer, Clock } from "../base/clock.ts";

/** How long an attempt may take when others can follow it. */
export const USUAL_DEADLINE_MS = 60_000;
/** And when none can: slow local models get more time then. */
export const LAST_DEADLINE_MS = 600_000;

/** One abort signal for two reasons: the client left, or the time is over. */
export class Deadline {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #client: AbortSignal;
  readonly #onClientGone = () => this.#controller.abort();
  /** When the attempt began, on the monotonic clock. */
  readonly startedAtMs: number;
  #cancelTimer: CancelTimer | undefined;
  /** When the time is over, counted from the attempt's start. */
  #atMs = Infinity;
  #isExpired = false;

  constructor(clock: Clock, client: AbortSignal) {
    this.#clock = clock;
    this.#client = client;
    this.startedAtMs = clock.nowMs();
    if (client.aborted) this.#controller.abort();
    else client.addEventListener("abort", this.#onClientGone);
  }

  /** Aborted by the client or by time. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time was over before the work was done. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Milliseconds since the attempt began. */
  get elapsedMs(): number {
    return this.#clock.nowMs() - this.startedAtMs;
  }

  /** Sets when the time is over, counted from the attempt's start; replaces what was set before. */
  expireAt(ms: number): void {
    if (this.#cancelTimer && ms === this.#atMs) return;
    this.#cancelTimer?.();
    this.#atMs = ms;
    this.#cancelTimer = this.#clock.after(Math.max(0, ms - this.elapsedMs), () => {
      this.#isExpired = true;
      this.#controller.abort();
    });
  }

  /** Brings the end of the time nearer: to `ms` from now, unless it is nearer already. */
  expireWithin(ms: number): void {
    this.expireAt(Math.min(this.#atMs, this.elapsedMs + ms));
  }

  /** The time no longer counts; the client's leaving still does. */
  disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** The attempt is over: neither counts any more. */
  release(): void {
    this.disarm();
    this.#client.removeEventListener("abort", this.#onClientGone);
  }
}
