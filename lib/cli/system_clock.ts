/**
 * The real time.
 *
 * @module
 */
import type { CancelTimer, Clock } from "../base/clock.ts";

/** How exact a deadline is, in milliseconds. */
const TICK_MS = 25;
/** Shorter delays get a timer of their own. */
const MIN_COARSE_MS = 100;

/** The timers that are due at one tick. */
type Slot = Set<() => void>;

/**
 * Deadlines by the tick at which they are due. Nearly all are cancelled long before, so setting
 * and cancelling one has to cost next to nothing; one timer serves them all.
 */
class CoarseTimers {
  readonly #slots = new Map<number, Slot>();
  #isTicking = false;
  #lastTick = tickOf(performance.now());

  after(delayMs: number, run: () => void): CancelTimer {
    const tick = tickOf(performance.now() + delayMs) + 1;
    const slot: Slot = this.#slots.get(tick) ?? new Set();
    this.#slots.set(tick, slot);
    // A function of its own, so that the same one can be set twice.
    const entry = () => run();
    slot.add(entry);
    if (!this.#isTicking) this.#start();
    return () => {
      // A second call must not take away the slot that others have made at this tick since.
      if (slot.delete(entry) && slot.size === 0) this.#slots.delete(tick);
    };
  }

  #start(): void {
    this.#isTicking = true;
    this.#lastTick = tickOf(performance.now());
    this.#next();
  }

  /** `AbortSignal.timeout`, as the first `setTimeout` of a process loads 4 ms of Node's timers. */
  #next(): void {
    AbortSignal.timeout(TICK_MS).onabort = () => this.#tick();
  }

  #tick(): void {
    const now = tickOf(performance.now());
    for (let tick = this.#lastTick + 1; tick <= now && this.#slots.size > 0; tick++) {
      const slot = this.#slots.get(tick);
      this.#slots.delete(tick);
      slot?.forEach(runSafely);
    }
    this.#lastTick = now;
    if (this.#slots.size > 0) this.#next();
    else this.#isTicking = false;
  }
}

/** One that throws must not stop the clock for all others. */
function runSafely(run: () => void): void {
  try {
    run();
  } catch (error) {
    reportError(error);
  }
}

function tickOf(ms: number): number {
  return Math.floor(ms / TICK_MS);
}

const coarse = new CoarseTimers();

/** The clock of this machine: monotonic for durations, its calendar for dates. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  after(delayMs, run) {
    if (delayMs >= MIN_COARSE_MS) return coarse.after(delayMs, run);
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
