/**
 * Real clients before the gateway. Each does one task with a tool at an upstream of each protocol,
 * and again where one upstream fails in the middle and another, of another protocol, takes over.
 *
 *     deno run -A tests/clients/clients.ts [--only claude|codex|openclaw] [--keep DIR]
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
import { defaultCache, install, type Installed } from "./packages.ts";
import { type Outcome, type Path, roundTrip } from "./round_trip.ts";

const CLIENTS: readonly Client[] = [claudeCode, codex, codexOwn, ...openclaws];

const PATHS: readonly Path[] = [
  ...PROTOCOLS.map((protocol): Path => [protocol]),
  ["openai_chat", "anthropic_messages"],
  ["anthropic_messages", "openai_responses"],
  ["openai_responses", "openai_chat"],
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
  for (const client of CLIENTS.filter(({ name }) => name.startsWith(only))) {
    const installed = await install(client.packageName, cache);
    await client.prepare?.(installed);
    for (const path of PATHS) {
      if (isStopped) return 1;
      const kept = keep === undefined ? undefined : `${keep}/${client.name}/${path.join("-to-")}`;
      const outcome = await roundTrip(client, path, { installed, keep: kept });
      if (outcome.problems.length > 0) failed++;
      else passed++;
      console.log(rowOf({ client, installed, path, outcome }));
    }
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
