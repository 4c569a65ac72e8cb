/**
 * When a change of the configuration file counts: what is seen has to be new, and to hold still.
 *
 * A file is written in steps, and an editor may empty it first. A half of a configuration can be a
 * whole one with fewer routes, so what was seen only once is not believed.
 *
 * Pure: what is seen and when is handed in.
 *
 * @module
 */

/** What a look at the file gave: its text, or in one line why there is none. */
export type Sighting = { text: string } | { problem: string };

/** What was seen has to be seen again this long after. */
export const SETTLE_MS = 100;

/** Tells a change that counts from one that is under way, and from none. */
export class Settling {
  #known: Sighting;
  /** What was seen last, if it is not what is known. */
  #next: { sighting: Sighting; sinceMs: number } | undefined;

  constructor(known: Sighting) {
    this.#known = known;
  }

  /** Whether something is under way: then the next look should come soon. */
  get isUnderWay(): boolean {
    return this.#next !== undefined;
  }

  /** Takes a look's outcome in. @returns Whether it is a change that counts, from now on known. */
  take(sighting: Sighting, nowMs: number): boolean {
    if (isSame(sighting, this.#known)) {
      this.#next = undefined;
      return false;
    }
    if (this.#next === undefined || !isSame(sighting, this.#next.sighting)) {
      this.#next = { sighting, sinceMs: nowMs };
      return false;
    }
    if (nowMs - this.#next.sinceMs < SETTLE_MS) return false;
    this.know(sighting);
    return true;
  }

  /** Takes it as known, however short it was seen. */
  know(sighting: Sighting): void {
    this.#known = sighting;
    this.#next = undefined;
  }
}

function isSame(one: Sighting, other: Sighting): boolean {
  if ("text" in one) return "text" in other && one.text === other.text;
  return "problem" in other && one.problem === other.problem;
}
