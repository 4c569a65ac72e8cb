/**
 * Profiles the gateway under one workload: which functions its processor time goes to.
 *
 *     deno task profile --workload NAME [--rows N] [--seconds N] [--out FILE]
 *
 * The gateway runs from source, as a bundle has no names to show. The profile itself, for the
 * Performance tab of Chrome's tools, goes into a file whose path is printed.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { writeBody } from "./bodies.ts";
import { gateway, MAIN } from "./contenders/gateway.ts";
import { type CpuProfile, type FunctionCost, functionCosts } from "./cpu_profile.ts";
import { drive } from "./load.ts";
import { endWithSignals } from "./pinned_process.ts";
import { written } from "./quantity.ts";
import { asText, type Table } from "./table.ts";
import { buildTools, Missing, startUpstream, type Tools } from "./tools.ts";
import { marksOf, type Workload, WORKLOADS } from "./workloads.ts";

const OPTIONS = { string: ["workload", "rows", "seconds", "out"] };
const DEFAULT_ROWS = 30;
const DEFAULT_SECONDS = 3;
const ROOT = new URL("../../", import.meta.url).href;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseArgs(args, OPTIONS);
  const workload = WORKLOADS.find(({ name }) => name === flags.workload);
  if (!workload) {
    const names = WORKLOADS.map(({ name }) => name).join(", ");
    console.error(`Cannot read --workload ${flags.workload ?? ""}: expected one of ${names}`);
    return 2;
  }
  const seconds = Number(flags.seconds ?? DEFAULT_SECONDS);
  const { profile, requests } = await profileUnder(workload, seconds);
  const out = flags.out as string | undefined ?? await Deno.makeTempFile({ suffix: ".cpuprofile" });
  await Deno.writeTextFile(out, profile);
  const costs = functionCosts(JSON.parse(profile) as CpuProfile, ROOT);
  const rows = Number(flags.rows ?? DEFAULT_ROWS);
  console.log(`${workload.name}: ${workload.title}, ${requests} requests\n`);
  console.log(
    `By what a function spends itself:\n${asText(costTable(costs.slice(0, rows), requests))}`,
  );
  console.log(
    `\nBy what it spends with what it calls:\n${
      asText(costTable(ownByTotal(costs, rows), requests))
    }`,
  );
  console.log(`\nThe whole profile: ${out}`);
  return 0;
}

/** Our own functions: those of the runtime stand above and below all of them. */
function ownByTotal(costs: readonly FunctionCost[], rows: number): FunctionCost[] {
  return costs.filter(({ place }) => place.startsWith("lib/"))
    .sort((one, other) => other.totalUs - one.totalUs).slice(0, rows);
}

function costTable(costs: readonly FunctionCost[], requests: number): Table {
  return [
    ["self µs/request", "with calls", "function", "place"],
    ...costs.map(({ selfUs, totalUs, name, place }) => [
      written(selfUs / requests).padStart("self µs/request".length),
      written(totalUs / requests).padStart("with calls".length),
      name,
      place,
    ]),
  ];
}

interface Profiled {
  /** The text of the profile. */
  profile: string;
  /** How many requests it covers. */
  requests: number;
}

async function profileUnder(workload: Workload, seconds: number): Promise<Profiled> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gateway_profile_" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  endWithSignals(folder);
  const tools = await buildTools(folder);
  const upstream = stack.use(await startUpstream(tools, { ...workload.upstream, folder }));
  const flags = ["--cpu-prof", `--cpu-prof-dir=${folder}/profile`];
  const contender = gateway({ name: "gateway from source", program: MAIN, flags });
  const running = await contender.start({ folder, upstreamPort: upstream.port });
  let requests = 0;
  try {
    requests = await load({ workload, tools, folder, port: running.port, seconds });
  } finally {
    // The profile is written at the end of the process.
    await running[Symbol.asyncDispose]();
  }
  return { profile: await onlyFileIn(`${folder}/profile`), requests };
}

interface LoadOptions {
  workload: Workload;
  tools: Tools;
  folder: string;
  port: number;
  seconds: number;
}

/** Keeps the gateway busy for some seconds, and says with how many requests. */
async function load({ workload, tools, folder, port, seconds }: LoadOptions): Promise<number> {
  const body = writeBody(folder, workload.body);
  const marks = marksOf(workload, "gateway");
  const { path, concurrency } = workload;
  const requests = workload.requests.gateway!;
  const until = performance.now() + seconds * 1_000;
  let sent = 0;
  do {
    await drive(tools, port, { path, body, marks, concurrency, requests });
    sent += requests;
  } while (performance.now() < until);
  return sent;
}

async function onlyFileIn(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    return await Deno.readTextFile(`${folder}/${name}`);
  }
  throw new Error("The gateway wrote no profile");
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
