/**
 * What the fuzzer can aim at.
 *
 * @module
 */
import type { Random } from "../properties/random.ts";

/** One try, with chance of its own; it throws when something is wrong. */
export type Try = (random: Random) => void | Promise<void>;

/** A part of the gateway with everything that must hold for it. */
export interface Target {
  /** What must hold, each as a sentence with the try that would show otherwise. */
  properties: ReadonlyMap<string, Try>;
  /** What the tries met, for the last line of a run; empty when there is nothing to tell. */
  summary?: () => string;
}

/** Counts what was met, by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** One more of these. */
  add(name: string | number): void {
    this.#counts.set(String(name), (this.#counts.get(String(name)) ?? 0) + 1);
  }

  /** `200: 12, 404: 3` */
  toString(): string {
    return [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, count]) => `${name}: ${count}`).join(", ");
  }
}
