/**
 * Real clients before the gateway: with the settings of README.md, after `setup`, and by `run`. Each
 * does one task with a tool at upstreams of several protocols, and again where one upstream fails
 * in the middle and another, of another protocol, takes over. Then agents, and the tests of
 * `examples/stub` on Node.js, under `stub exec`.
 *
 *     deno run -A tests/clients/clients.ts [--only claude|codex|openclaw|opencode|node] [--keep DIR]
 *
 * `--only` takes the beginning of a client's name, `--keep` a folder for what was said, and
 * `--cache` the folder in which the clients are installed.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { PROTOCOLS } from "../../lib/base/protocol.ts";
import { claudeCode } from "./claude_code.ts";
import type { Client } from "./client.ts";
import { endClients } from "./client_process.ts";
import { codex, codexOwn } from "./codex.ts";
import { openclaws } from "./openclaw.ts";
import { opencode } from "./opencode.ts";
import { defaultCache, install, type Installed } from "./packages.ts";
import { type Outcome, type Path, roundTrip } from "./round_trip.ts";
import { type StubOutcome, underStub } from "./under_stub.ts";
import { afterSetup, byRun } from "./ways.ts";

/** With the settings of README.md, over every path. */
const BY_README: readonly Client[] = [claudeCode, codex, codexOwn, ...openclaws];
/** Without any settings of their users'. */
const BY_COMMAND: readonly Client[] = [claudeCode, codex, openclaws[0]!, opencode]
  .flatMap((client) => [afterSetup(client), byRun(client)]);

const PATHS: readonly Path[] = [
  ...PROTOCOLS.map((protocol): Path => [protocol]),
  ["openai_chat", "anthropic_messages"],
  ["anthropic_messages", "openai_responses"],
  ["openai_responses", "openai_chat"],
];

/** What one command has to show: the protocols are the same ones as with README.md's settings. */
const PATHS_BY_COMMAND: readonly Path[] = [["anthropic_messages"], [
  "openai_chat",
  "anthropic_messages",
]];

const TRIALS = [
  ...BY_README.map((client) => ({ client, paths: PATHS })),
  ...BY_COMMAND.map((client) => ({ client, paths: PATHS_BY_COMMAND })),
];

interface Flags {
  only?: string;
  keep?: string;
  cache?: string;
}

/** Whether somebody asked for the end. */
let isStopped = false;

async function main(args: string[]): Promise<number> {
  const { only = "", keep, cache = defaultCache() } = parseArgs(args, {
    string: ["only", "keep", "cache"],
  }) as Flags;
  stopOnSignals();
  let failed = 0;
  let passed = 0;
  for (const { client, paths } of TRIALS.filter(({ client: { name } }) => name.startsWith(only))) {
    const installed = await install(client.packageName, cache);
    await client.prepare?.(installed);
    for (const path of paths) {
      if (isStopped) return 1;
      const kept = keep === undefined ? undefined : `${keep}/${client.name}/${path.join("-to-")}`;
      const outcome = await roundTrip(client, path, { installed, keep: kept });
      if (outcome.problems.length > 0) failed++;
      else passed++;
      console.log(rowOf({ client, installed, path, outcome }));
    }
  }
  for (const outcome of isStopped ? [] : await underStub({ only, cache, keep })) {
    if (outcome.problems.length > 0) failed++;
    else passed++;
    console.log(stubRowOf(outcome));
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

function stopOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      isStopped = true;
      endClients();
    });
  }
}

interface Row {
  client: Client;
  installed: Installed;
  path: Path;
  outcome: Outcome;
}

function stubRowOf({ name, version, problems, requests }: StubOutcome): string {
  const cells = [
    name.padEnd(27),
    version.padEnd(10),
    `twice, ${requests} requests each`.padEnd(37),
    problems.length === 0 ? "pass" : "FAIL",
  ];
  return [cells.join(" "), ...problems.map((one) => `    ${one}`)].join("\n");
}

function rowOf({ client, installed, path, outcome: { problems, seconds } }: Row): string {
  const cells = [
    client.name.padEnd(27),
    installed.version.padEnd(10),
    path.join(" → ").padEnd(37),
    problems.length === 0 ? "pass" : "FAIL",
    `${seconds.toFixed(1).padStart(5)} s`,
  ];
  return [cells.join(" "), ...problems.map((one) => `    ${one}`)].join("\n");
}

Deno.exit(await main(Deno.args));
