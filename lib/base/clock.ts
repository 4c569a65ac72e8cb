/**
 * Time as a value that is handed in, so that every timing rule is a test without waiting.
 *
 * @module
 */

/** Stops a timer; calling it again does nothing. */
export type CancelTimer = () => void;

/** Where the time comes from. */
export interface Clock {
  /** Monotonic milliseconds since some fixed moment: for durations and deadlines. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch: for dates that people and upstreams read. */
  epochMs(): number;
  /** Calls `run` once, `delayMs` milliseconds from now. */
  after(delayMs: number, run: () => void): CancelTimer;
}
