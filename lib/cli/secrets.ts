/**
 * The secrets that must not be shown: those of the configuration in use, and those of the ones
 * before it, which requests that are still under way were sent with.
 *
 * @module
 */

/** Each is searched for in every line of the log, so the oldest are given up at some time. */
const MAX_FORMER = 200;

/** Collects the secrets of one configuration after the other. */
export class Secrets {
  /** In the order of their last use, the oldest first. */
  readonly #all = new Set<string>();

  /** All that must not be shown, now that a configuration with these is in use. */
  with(current: readonly string[]): string[] {
    for (const secret of current) {
      this.#all.delete(secret);
      this.#all.add(secret);
    }
    const inUse = new Set(current).size;
    for (const secret of this.#all) {
      if (this.#all.size <= inUse + MAX_FORMER) break;
      this.#all.delete(secret);
    }
    return [...this.#all];
  }
}
