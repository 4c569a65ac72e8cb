/**
 * Tries what must hold of a part of the gateway for as long as it is told to.
 *
 * ```sh
 * deno run -A tests/fuzz/fuzz.ts --target gateway --iterations 1000000 --seed 1
 * ```
 *
 * Each iteration has a seed of its own, counted up from `--seed`, and tries one property. The first
 * failure ends the run with its sentence and seed; `--iterations 1 --seed N` repeats it.
 * Without `--target`, the codecs are tried.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { Random } from "../properties/random.ts";
import type { Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** How often the memory is told. */
const CHECKPOINTS = 10;

interface Run {
  iterations: number;
  firstSeed: number;
}

async function run(target: Target, { iterations, firstSeed }: Run): Promise<void> {
  const properties = [...target.properties];
  const started = performance.now();
  const step = Math.max(1, Math.ceil(iterations / CHECKPOINTS));
  console.log(`seed ${firstSeed}, ${memory()} at the start`);
  for (let seed = firstSeed; seed < firstSeed + iterations; seed++) {
    const done = seed - firstSeed;
    if (done > 0 && done % step === 0) console.log(`${done} iterations, ${memory()}`);
    const [sentence, property] = properties[seed % properties.length]!;
    try {
      const trying = property(new Random(seed));
      // Most are done by now, and a million turns of the event loop would take longer than they.
      if (trying) await trying;
    } catch (error) {
      console.error(`Fails with seed ${seed}: ${sentence}:`, error);
      Deno.exit(1);
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${iterations} iterations in ${seconds} s, ${memory()} at the end`);
  if (target.summary) console.log(target.summary());
}

/** What is alive after a collection (with `--v8-flags=--expose-gc`), and what the process holds. */
function memory(): string {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  return `heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB, RSS ${Math.round(rss / 2 ** 20)} MiB`;
}

const options = parseArgs(Deno.args, { string: ["target", "iterations", "seed"] });
const names = [...TARGETS.keys()];
const target = TARGETS.get(String(options.target ?? names[0]));
if (target) {
  await run(target, {
    iterations: Number(options.iterations ?? 100_000),
    firstSeed: Number(options.seed ?? 1),
  });
  // The gateway under test keeps timers of its own.
  Deno.exit(0);
} else {
  console.error(`Unknown target "${options.target}": expected one of ${names.join(", ")}`);
  Deno.exit(2);
}
