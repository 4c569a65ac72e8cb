/**
 * Measures the gateway against what its users might run instead, on one core, over loopback.
 *
 *     deno task bench [--quick] [--only NAME]… [--rounds N] [--share PART] [--source] [--json FILE]
 *                     [--write] [--cache DIR]
 *
 * `--only` takes names of workloads, `start-up` and `growth`; `--share` sends only a part of the
 * requests; `--source` measures `main.ts` beside the bundle; `--write` puts the figures into
 * `docs/PERFORMANCE.md` and the picture beside it. `--quick` is the gate: a minute, no peers.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { claudeCodeRouter } from "./contenders/claude_code_router.ts";
import type { Absent, Contender } from "./contenders/contender.ts";
import { direct } from "./contenders/direct.ts";
import { bundleInto, gateway, MAIN } from "./contenders/gateway.ts";
import { nginx } from "./contenders/nginx.ts";
import { portkey } from "./contenders/portkey.ts";
import { reference } from "./contenders/reference.ts";
import { writeFigures } from "./figures.ts";
import { measureGrowth } from "./growth.ts";
import { loadAverage, machineLine } from "./machine.ts";
import { judgeQuick, QUICK_WORKLOADS } from "./quick.ts";
import { judge, type Results } from "./requirements.ts";
import { endWithSignals } from "./pinned_process.ts";
import { type Bench, measure, type Measured } from "./rounds.ts";
import { measureStartUp } from "./start_up.ts";
import {
  asText,
  contenderLines,
  growthTable,
  requirementTable,
  toolWarnings,
  workloadTable,
} from "./table.ts";
import { buildTools, Missing } from "./tools.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";

const OPTIONS = {
  boolean: ["quick", "write", "source"],
  string: ["only", "rounds", "share", "json", "cache"],
};
const DEFAULT_ROUNDS = 5;
/** The exit code where a machine lacks what the bench needs: neither well nor ill is known. */
const CANNOT_MEASURE = 3;
const USAGE = "Usage: deno task bench [--quick] [--only NAME]… [--rounds N] [--share PART] " +
  "[--source] [--json FILE] [--write] [--cache DIR]";

interface Flags {
  quick: boolean;
  write: boolean;
  source: boolean;
  only: readonly string[];
  rounds: number;
  share: number;
  json: string | undefined;
  cache: string;
}

/** A command line that nobody understands. */
class Misuse extends Error {}

const NAMES = [...WORKLOADS.map(({ name }) => name), "start-up", "growth"];

function readFlags(args: readonly string[]): Flags {
  const { _: rest, only = [], rounds, share, json, cache, ...others } = parseArgs(
    args,
    OPTIONS,
  );
  const unknown = [
    ...rest,
    ...Object.keys(others).filter((name) => !OPTIONS.boolean.includes(name)),
  ];
  if (unknown.length > 0) throw new Misuse(`Unknown argument ${unknown[0]}\n${USAGE}`);
  const wanted = [only].flat() as string[];
  const stranger = wanted.find((name) => !NAMES.includes(name));
  if (stranger !== undefined) {
    throw new Misuse(`Unknown --only ${stranger}: expected one of ${NAMES.join(", ")}`);
  }
  return {
    quick: others.quick === true,
    write: others.write === true,
    source: others.source === true,
    only: wanted,
    rounds: positive("rounds", rounds) ?? DEFAULT_ROUNDS,
    share: positive("share", share) ?? 1,
    json: json as string | undefined,
    cache: cache as string ?? `${temporaryFolder()}/openclaw-autoproxy-peers`,
  };
}

function positive(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number(value) > 0) return Number(value);
  throw new Misuse(`Cannot read --${name} ${value}: expected a positive number`);
}

function temporaryFolder(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const flags = readFlags(args);
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gateway_bench_" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  endWithSignals(folder);
  const tools = await buildTools(folder);
  const program = await bundleInto(folder);
  const bench: Bench = { tools, folder, rounds: flags.rounds, share: flags.share };
  return flags.quick ? await quick(program, bench, flags) : await full(program, bench, flags);
}

/** The gate: only gross regressions, and only as ratios. */
async function quick(program: string, bench: Bench, flags: Flags): Promise<number> {
  const contenders = [direct, reference, gateway({ name: "gateway", program })];
  const proxy = await nginx();
  if ("start" in proxy) contenders.splice(1, 0, proxy);
  const workloads = await measureAll(QUICK_WORKLOADS.filter(isWanted(flags)), contenders, {
    ...bench,
    rounds: Math.min(bench.rounds, 3),
  });
  const { table, isGood } = judgeQuick(workloads);
  console.log(`\n${asText(table)}\n\n${isGood ? "passed" : "FAILED"}`);
  return isGood ? 0 : 1;
}

function isWanted({ only }: Flags): (one: { name: string }) => boolean {
  return ({ name }) => only.length === 0 || only.includes(name);
}

async function full(program: string, bench: Bench, flags: Flags): Promise<number> {
  console.log(machineLine());
  if (loadAverage() > 0.5) {
    console.log(`The machine is busy (load ${loadAverage()}): the figures will be noisy`);
  }
  const began = performance.now();
  const { contenders, absent } = await allContenders(program, flags);
  for (const line of contenderLines(contenders, absent)) console.log(line);
  const wanted = isWanted(flags);
  const results: Results = {
    workloads: await measureAll(WORKLOADS.filter(wanted), contenders, bench),
    ...(wanted({ name: "start-up" }) ? { startUp: await measureStartUp(program, bench) } : {}),
    ...(wanted({ name: "growth" }) ? { growth: await measureGrowth(program, bench) } : {}),
  };
  const judged = judge(results);
  if (results.growth) console.log(`\n${asText(growthTable(results))}`);
  console.log(`\n${asText(requirementTable(judged))}\n`);
  for (const warning of toolWarnings(results)) console.log(`Warning: ${warning}`);
  console.log(`${Math.round((performance.now() - began) / 1_000)} s`);
  const report = { machine: machineLine(), contenders, absent, results, judged };
  if (flags.json !== undefined) await Deno.writeTextFile(flags.json, asJson(report));
  if (flags.write) await writeFigures(report);
  return judged.some(({ verdict }) => verdict === "missed") ? 1 : 0;
}

interface Contenders {
  contenders: Contender[];
  absent: Absent[];
}

/** Everyone that can be measured here, and who cannot. */
async function allContenders(program: string, { cache, source }: Flags): Promise<Contenders> {
  const peers = [await nginx(), await portkey(cache), await claudeCodeRouter(cache)];
  return {
    contenders: [
      direct,
      gateway({ name: "gateway", program }),
      ...(source ? [gateway({ name: "gateway from source", program: MAIN })] : []),
      reference,
      ...peers.filter((peer): peer is Contender => "start" in peer),
    ],
    absent: peers.filter((peer): peer is Absent => !("start" in peer)),
  };
}

async function measureAll(
  workloads: readonly Workload[],
  contenders: readonly Contender[],
  bench: Bench,
): Promise<Map<string, Measured>> {
  const found = new Map<string, Measured>();
  for (const workload of workloads) {
    const measured = await measure(workload, contenders, bench);
    found.set(workload.name, measured);
    console.log(`\n${workload.name}: ${workload.title}`);
    console.log(asText(workloadTable(workload, measured)));
  }
  return found;
}

function asJson(report: unknown): string {
  const plain = (_: string, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value) : value;
  return `${JSON.stringify(report, plain, 2)}\n`;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof Missing || error instanceof Misuse)) throw error;
  console.error(error.message);
  Deno.exit(error instanceof Misuse ? 2 : CANNOT_MEASURE);
}
