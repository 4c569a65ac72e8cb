/**
 * Real clients before the gateway: each does one task with a tool, at an upstream of each protocol.
 *
 *     deno run -A tests/clients/clients.ts [--only claude|codex|openclaw] [--keep DIR]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import { claudeCode } from "./claude_code.ts";
import type { Client } from "./client.ts";
import { codex } from "./codex.ts";
import { openclaws } from "./openclaw.ts";
import { defaultCache, install } from "./packages.ts";
import { type Outcome, roundTrip } from "./round_trip.ts";

const CLIENTS: readonly Client[] = [claudeCode, codex, ...openclaws];

interface Row {
  client: string;
  version: string;
  protocol: Protocol;
  outcome: Outcome;
}

interface Flags {
  only?: string;
  keep?: string;
  cache?: string;
}

async function main(args: string[]): Promise<number> {
  const flags = parseArgs(args, { string: ["only", "keep", "cache"] }) as Flags;
  const { only = "", keep, cache = defaultCache() } = flags;
  const rows: Row[] = [];
  for (const client of CLIENTS.filter(({ name }) => name.startsWith(only))) {
    const installed = await install(client.packageName, cache);
    await client.prepare?.(installed);
    for (const protocol of PROTOCOLS) {
      const kept = keep === undefined ? undefined : `${keep}/${client.name}/${protocol}`;
      const outcome = await roundTrip(client, protocol, { installed, keep: kept });
      const row = { client: client.name, version: installed.version, protocol, outcome };
      rows.push(row);
      console.log(lineOf(row));
    }
  }
  const failed = rows.filter(({ outcome }) => outcome.problems.length > 0);
  console.log(`${rows.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 || rows.length === 0 ? 1 : 0;
}

function lineOf({ client, version, protocol, outcome: { problems, seconds } }: Row): string {
  const verdict = problems.length === 0 ? "pass" : "FAIL";
  const cells = [client.padEnd(28), version.padEnd(12), protocol.padEnd(20), verdict];
  const lines = [`${cells.join(" ")} ${seconds.toFixed(1).padStart(6)} s`];
  return [...lines, ...problems.map((one) => `    ${one}`)].join("\n");
}

Deno.exit(await main(Deno.args));
