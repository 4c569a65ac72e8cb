/**
 * A clock that stands still until a test moves it.
 *
 * @module
 */
import type { CancelTimer, Clock } from "../lib/base/clock.ts";

/** 2025-01-01T00:00:00Z. */
export const FAKE_EPOCH_MS = Date.UTC(2025, 0, 1);

interface Timer {
  atMs: number;
  run: () => void;
}

/** Time as a test tells it: it begins at 0, and at {@linkcode FAKE_EPOCH_MS} for the calendar. */
export class FakeClock implements Clock {
  #nowMs = 0;
  /** In the order in which they were set, which decides between timers of one moment. */
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return FAKE_EPOCH_MS + this.#nowMs;
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers have neither run nor been cancelled. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass: runs the timers that come due, in order, each at its own moment. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let timer = this.#dueBy(endMs); timer; timer = this.#dueBy(endMs)) this.#run(timer);
    this.#nowMs = endMs;
  }

  /** Lets time pass, and lets promises settle before, between and after the timers. */
  async advanceAsync(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (let timer = this.#dueBy(endMs); timer; timer = this.#dueBy(endMs)) {
      this.#run(timer);
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }

  #run(timer: Timer): void {
    this.#timers.delete(timer);
    this.#nowMs = timer.atMs;
    timer.run();
  }

  #dueBy(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }
}

/** Resolves when every promise that could settle without further events has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
