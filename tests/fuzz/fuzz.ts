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

function run(iterations: number, firstSeed: number): void {
  const started = performance.now();
  console.log(`seed ${firstSeed}, RSS ${rssMiB()} MiB at the start`);
  for (let seed = firstSeed; seed < firstSeed + iterations; seed++) {
    const [sentence, property] = properties[seed % properties.length]!;
    try {
      trySeed(seed, property);
    } catch (error) {
      console.error(`${sentence}:`, error);
      Deno.exit(1);
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${iterations} iterations in ${seconds} s, RSS ${rssMiB()} MiB at the end`);
}

function rssMiB(): number {
  return Math.round(Deno.memoryUsage().rss / 2 ** 20);
}

const options = parseArgs(Deno.args, { string: ["iterations", "seed"] });
run(Number(options.iterations ?? 100_000), Number(options.seed ?? 1));
