/**
 * What came of every client at every upstream in every scenario, as a table.
 *
 * @module
 */
import { type Protocol, PROTOCOLS } from "../../../lib/base/protocol.ts";
import type { Client } from "./client.ts";

/** The columns. */
const SCENARIOS = [
  "text",
  "tools",
  "history",
  "picture",
  "thought",
  "no proof",
  "adaptive",
  "switch",
  "shape",
  "loose shape",
  "429",
  "400",
  "overflow",
  "error",
  "break",
] as const;

/** What a client is put through. */
export type Scenario = typeof SCENARIOS[number];

/** One cell, half of it: a scenario is done whole and streamed. */
export interface Cell {
  client: Client;
  upstream: Protocol;
  scenario: Scenario;
  how: string;
}

const HEAD: Readonly<Record<Protocol, string>> = {
  openai_chat: "Chat",
  openai_responses: "Responses",
  anthropic_messages: "Messages",
};

const GOOD = "ok";

/** Notes what really ran. */
export class Scorecard {
  readonly #rows = new Map<string, Map<Scenario, string>>();

  /** Runs one scenario and notes how it ended: as it says itself, else well. */
  async scored(
    { client, upstream, scenario, how }: Cell,
    run: () => Promise<string | void>,
  ): Promise<void> {
    try {
      this.#note({ client, upstream, scenario }, await run() ?? GOOD);
    } catch (error) {
      this.#note({ client, upstream, scenario }, `${how} fails`);
      throw error;
    }
  }

  #note({ client, upstream, scenario }: Omit<Cell, "how">, word: string): void {
    const key = `${client.name}|${upstream}`;
    const row = this.#rows.get(key) ?? new Map<Scenario, string>();
    this.#rows.set(key, row);
    const before = row.get(scenario);
    row.set(scenario, before === undefined || before === GOOD ? word : joined(before, word));
  }

  /** The table, a row per client and upstream. */
  table(): string {
    const known = new Set([...this.#rows.values()].flatMap((row) => [...row.keys()]));
    const scenarios = SCENARIOS.filter((one) => known.has(one));
    const names = [...new Set([...this.#rows.keys()].map((key) => key.split("|")[0]!))];
    const rows = names.flatMap((name) =>
      PROTOCOLS.flatMap((upstream) => {
        const row = this.#rows.get(`${name}|${upstream}`);
        if (!row) return [];
        return [[name, HEAD[upstream], ...scenarios.map((one) => row.get(one) ?? "–")]];
      })
    );
    return aligned([["client", "upstream", ...scenarios], ...rows]);
  }
}

function joined(before: string, word: string): string {
  return word === GOOD || word === before ? before : `${before}, ${word}`;
}

function aligned(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  "))
    .map((line) => line.trimEnd()).join("\n");
}
