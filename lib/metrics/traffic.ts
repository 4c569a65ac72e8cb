/**
 * How many requests came in each of the last minutes.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** One minute of traffic. */
export interface TrafficMinute {
  /** How many minutes ago it began, 0 for the one that is under way. */
  ago: number;
  count: number;
  failed: number;
}

const MINUTES = 60;
const MINUTE_MS = 60_000;
/** The status of a client that left, which is no failure. */
const CLIENT_GONE = 499;

/** Counts requests by the minute, over an hour. */
export class Traffic {
  readonly #clock: Clock;
  readonly #minutes = Array.from({ length: MINUTES }, () => ({ index: -1, count: 0, failed: 0 }));

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request was answered with this status. */
  count(status: number): void {
    const index = this.#index();
    const minute = this.#minutes[index % MINUTES]!;
    if (minute.index !== index) Object.assign(minute, { index, count: 0, failed: 0 });
    minute.count++;
    if (status >= 400 && status !== CLIENT_GONE) minute.failed++;
  }

  /** Every minute, the oldest first. */
  minutes(): TrafficMinute[] {
    const now = this.#index();
    return Array.from({ length: MINUTES }, (_, at) => {
      const ago = MINUTES - 1 - at;
      const { index, count, failed } = this.#minutes[Math.max(0, now - ago) % MINUTES]!;
      return index === now - ago ? { ago, count, failed } : { ago, count: 0, failed: 0 };
    });
  }

  #index(): number {
    return Math.floor(this.#clock.nowMs() / MINUTE_MS);
  }
}
