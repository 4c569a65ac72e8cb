/**
 * How long a start takes, and what the gateway holds when it is idle.
 *
 * @module
 */
import { PERMISSIONS } from "../e2e/gateway_process.ts";
import { SHIPPED_FLAGS } from "./contenders/gateway.ts";
import { MODEL } from "./bodies.ts";
import type { Bench } from "./rounds.ts";
import { median } from "./quantity.ts";
import { cleanEnvironment } from "./pinned_process.ts";
import { finished, freePort } from "./tools.ts";
import { pinned } from "./pinned_process.ts";

/** What starts cost. */
export interface StartUp {
  /** From the start of the process to the end of its first answer. */
  gatewayMs: number;
  /** An empty program of the same runtime, from its start to its end. */
  emptyMs: number;
  idleMiB: number;
}

interface Started {
  us: number;
  rss_kib: number;
}

const STARTS = 20;
/** Starts before the first that counts: they fill the runtime's cache of compiled code. */
const WARM_UPS = 3;
/** Before its memory is looked at. */
const UNTIL_IDLE_MS = 1_500;

/** Measures starts of the gateway and of an empty program, in turn. */
export async function measureStartUp(program: string, bench: Bench): Promise<StartUp> {
  const starter = new Starter(bench, program);
  for (let start = 0; start < WARM_UPS; start++) await starter.both();
  const starts = Math.max(3, Math.round(STARTS * bench.share));
  const pairs: [Started, Started][] = [];
  for (let start = 0; start < starts; start++) pairs.push(await starter.both());
  const ms = (which: 0 | 1) => median(pairs.map((pair) => pair[which].us)) / 1_000;
  return { gatewayMs: ms(0), emptyMs: ms(1), idleMiB: await starter.idleMiB() };
}

/** A stub route: what is measured is the gateway alone. */
const ROUTES = `routes:\n  - { name: stub, url: "stub:ok", model: ${MODEL} }\n`;

class Starter {
  readonly #bench: Bench;
  readonly #folder: string;
  readonly #program: string;

  constructor(bench: Bench, program: string) {
    this.#bench = bench;
    this.#program = program;
    this.#folder = Deno.makeTempDirSync({ dir: bench.folder });
    Deno.writeTextFileSync(`${this.#folder}/routes.yml`, ROUTES);
    Deno.writeTextFileSync(`${this.#folder}/empty.js`, "");
    const messages = [{ role: "user", content: "hello" }];
    Deno.writeTextFileSync(`${this.#folder}/body.json`, JSON.stringify({ model: MODEL, messages }));
  }

  async both(): Promise<[Started, Started]> {
    return [await this.#gateway(0), await this.#empty()];
  }

  async idleMiB(): Promise<number> {
    return (await this.#gateway(UNTIL_IDLE_MS)).rss_kib / 1024;
  }

  async #gateway(idleMs: number): Promise<Started> {
    const port = String(freePort());
    const flags = ["--port", port, "--config", `${this.#folder}/routes.yml`];
    const program = [...SHIPPED_FLAGS, ...PERMISSIONS, this.#program, "start", ...flags];
    return await this.#start([port, String(idleMs)], program);
  }

  async #empty(): Promise<Started> {
    return await this.#start(["0", "0"], ["--no-prompt", `${this.#folder}/empty.js`]);
  }

  async #start(how: readonly string[], program: readonly string[]): Promise<Started> {
    const [port, idleMs] = how as [string, string];
    const body = `${this.#folder}/body.json`;
    const deno = [Deno.execPath(), "run", "--no-config", ...program];
    const command = [this.#bench.tools.starter, port, idleMs, body, ...deno];
    const [taskset, ...args] = pinned("measured", command);
    const env = { ...cleanEnvironment(this.#folder), DENO_DIR: `${this.#folder}/cache` };
    return JSON.parse(await finished(taskset, args, { clearEnv: true, env }));
  }
}
