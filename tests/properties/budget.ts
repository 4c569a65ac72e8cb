/**
 * How long the properties are tried in an ordinary test run, and how a failure tells its seed.
 *
 * @module
 */
import { Random } from "./random.ts";

/** Each property's share, in milliseconds: all of them together stay well below five seconds. */
const BUDGET_MS = 200;
/** A slow machine still tries this often. */
const MIN_RUNS = 20;

/**
 * Tries a property with one seed after the other.
 *
 * @throws {Error} Naming the seed with which it fails; that seed alone fails again.
 */
export function forSeeds(property: (random: Random) => void): void {
  const started = performance.now();
  for (let seed = 1; seed <= MIN_RUNS || performance.now() - started < BUDGET_MS; seed++) {
    trySeed(seed, property);
  }
}

/** Tries a property with one seed. */
export function trySeed(seed: number, property: (random: Random) => void): void {
  try {
    property(new Random(seed));
  } catch (cause) {
    throw new Error(`Fails with seed ${seed}: ${(cause as Error).message}`, { cause });
  }
}
