/**
 * Breaks upstreams by the thousand in front of a healthy one, and counts what their clients see.
 *
 * ```sh
 * deno run -A tests/faults/faults.ts --count 10000 --seed 1
 * ```
 *
 * First faults before the commit: while one candidate is healthy, every client must get its answer,
 * whole and its own. Then streams that are cut behind it: each must end in an error event of its
 * client's protocol, without an invented finish and without another upstream being asked. With
 * `--soak SECONDS` instead: one process for that long, a quarter of whose requests meet a fault.
 * Exits with 1 when a client saw anything of it.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { CutRun } from "./cut_run.ts";
import { FaultRun } from "./fault_run.ts";
import { SoakRun } from "./soak_run.ts";

const options = parseArgs(Deno.args, { string: ["count", "seed", "cuts", "soak"] });
const count = Number(options.count ?? 10_000);
const seed = Number(options.seed ?? 1);
const cuts = Number(options.cuts ?? Math.max(2_000, Math.ceil(count / 5)));

console.log(`seed ${seed}`);
const isGood = options.soak === undefined ? await injectAll() : await soak(Number(options.soak));
Deno.exit(isGood ? 0 : 1);

async function injectAll(): Promise<boolean> {
  const faults = new FaultRun(seed);
  await faults.run(count);
  faults.report();
  const streams = new CutRun(seed);
  await streams.run(cuts);
  streams.report();
  return faults.isGood && streams.isGood;
}

async function soak(seconds: number): Promise<boolean> {
  const run = new SoakRun(seed);
  await run.run(seconds);
  run.report();
  return run.isGood;
}
