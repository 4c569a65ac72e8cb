/**
 * Chance that can be repeated: the same seed gives the same run.
 *
 * @module
 */

/** A stream of random numbers (xorshift, 32 bits): not secret, but well spread. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds would give like beginnings, and zero would give only zeros.
    this.#state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ 0x5bd1e995) || 1;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  /** True about once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One element of a list that has some. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** `bytes` in pieces of random lengths, empty ones among them. */
  cut(bytes: Uint8Array): Uint8Array[] {
    const longest = 1 + this.below(this.pick([3, 20, 300, 3_000]));
    const pieces: Uint8Array[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = start + this.below(longest + 1);
      pieces.push(bytes.slice(start, end));
      start = Math.min(end, bytes.length);
    }
    return pieces;
  }
}
