/**
 * How many extra attempts the gateway may spend, so that an outage of everything is not made
 * worse by asking everybody ten times.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

const WINDOW_SECONDS = 10;
/** Failed extra attempts per request… */
const RATIO = 0.2;
/** …but this many a second are always allowed: a lone user must reach the last candidate. */
const FLOOR_PER_SECOND = 10;

/** The counts of one second. */
interface Second {
  index: number;
  requests: number;
  failures: number;
}

/** Counts requests, and attempts beyond a request's first that failed, over ten seconds. */
export class RetryBudget {
  readonly #clock: Clock;
  readonly #seconds: Second[] = Array.from({ length: WINDOW_SECONDS }, () => ({
    index: -1,
    requests: 0,
    failures: 0,
  }));
  /** Running attempts that will probably fail. */
  #reserved = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request came. */
  countRequest(): void {
    this.#now().requests++;
  }

  /** An attempt beyond a request's first failed. */
  countFailure(): void {
    this.#now().failures++;
  }

  /**
   * An attempt begins that will probably fail: until the returned function is called it counts as
   * if it had. Otherwise a burst of requests would all find the same last attempt still unspent.
   */
  reserve(): () => void {
    this.#reserved++;
    let isReserved = true;
    return () => {
      if (isReserved) this.#reserved--;
      isReserved = false;
    };
  }

  /** Whether another attempt may be spent. */
  get isLeft(): boolean {
    const current = this.#index();
    let requests = 0;
    let failures = this.#reserved;
    for (const second of this.#seconds) {
      if (current - second.index >= WINDOW_SECONDS) continue;
      requests += second.requests;
      failures += second.failures;
    }
    return failures < Math.max(requests * RATIO, FLOOR_PER_SECOND * WINDOW_SECONDS);
  }

  #index(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }

  #now(): Second {
    const index = this.#index();
    const second = this.#seconds[index % WINDOW_SECONDS]!;
    if (second.index !== index) Object.assign(second, { index, requests: 0, failures: 0 });
    return second;
  }
}
