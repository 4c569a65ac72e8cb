/**
 * Tries the properties of the codecs for as long as it is told to.
 *
 * ```sh
 * deno run -A tests/fuzz/fuzz.ts --iterations 1000000 --seed 1
 * ```
 *
 * Each iteration has a seed of its own, counted up from `--seed`, and tries one property. The first
 * failure ends the run with its sentence and seed; `--iterations 1 --seed N` repeats it.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { trySeed } from "../properties/budget.ts";
import { PROPERTIES } from "../properties/properties.ts";

const properties = [...PROPERTIES];
/** How often the memory is told. */
const CHECKPOINTS = 10;

function run(iterations: number, firstSeed: number): void {
  const started = performance.now();
  const step = Math.max(1, Math.ceil(iterations / CHECKPOINTS));
  console.log(`seed ${firstSeed}, ${memory()} at the start`);
  for (let seed = firstSeed; seed < firstSeed + iterations; seed++) {
    const done = seed - firstSeed;
    if (done > 0 && done % step === 0) console.log(`${done} iterations, ${memory()}`);
    const [sentence, property] = properties[seed % properties.length]!;
    try {
      trySeed(seed, property);
    } catch (error) {
      console.error(`${sentence}:`, error);
      Deno.exit(1);
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${iterations} iterations in ${seconds} s, ${memory()} at the end`);
}

/** What is alive after a collection (with `--v8-flags=--expose-gc`), and what the process holds. */
function memory(): string {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  return `heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB, RSS ${Math.round(rss / 2 ** 20)} MiB`;
}

const options = parseArgs(Deno.args, { string: ["iterations", "seed"] });
run(Number(options.iterations ?? 100_000), Number(options.seed ?? 1));
