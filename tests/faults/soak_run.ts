/**
 * One gateway process over minutes, a quarter of whose requests meet a fault first.
 *
 * @module
 */
import { PROTOCOLS } from "../../lib/base/protocol.ts";
import { WORD } from "../e2e/faults/scene.ts";
import { type GatewayProcess, startGateway } from "../e2e/gateway_process.ts";
import { Random } from "../properties/random.ts";
import { configOf, type FaultCase, faultCase, listen } from "./fault_run.ts";
import { type Asking, attemptsOf, Tally } from "./tally.ts";
import { CONCURRENCY } from "./workers.ts";

/** So many that a candidate has rested by the time it is asked again. */
const CASES = 3_000;
/** One request in so many goes to a candidate that breaks. */
const FAULT_ONE_IN = 4;
/** Requests a second, of all clients together: a machine's worth of agents, and time to rest. */
const RATE = 80;
const SAMPLE_MS = 5_000;
/** The end may stand above the middle by so much, of the process's size there. */
const MAX_GROWTH = 1.1;

/** Asks for minutes, and keeps count. */
export class SoakRun {
  readonly #random: Random;
  readonly #tally = new Tally();
  readonly #samples: number[] = [];
  #faults = 0;
  #complaintsOfTheGateway = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Whether nobody saw anything, and memory levelled off. */
  get isGood(): boolean {
    return this.#tally.isGood && this.#isLevel && this.#complaintsOfTheGateway === 0;
  }

  /** Asks for so many seconds. */
  async run(seconds: number): Promise<void> {
    await using owned = new AsyncDisposableStack();
    const upstreams = await listen(owned);
    const cases = Array.from({ length: CASES }, (_, index) => faultCase(this.#random, index));
    await using gateway = await startGateway({ config: configOf(cases, upstreams) });
    const started = performance.now();
    const isOver = () => performance.now() - started > seconds * 1000;
    const sampling = setInterval(() => this.#samples.push(gateway.residentMiB), SAMPLE_MS);
    const client = async () => {
      while (!isOver()) {
        const turn = started + this.#tally.requests * 1000 / RATE;
        await pause(turn - performance.now());
        await this.#one(gateway, cases);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, client));
    clearInterval(sampling);
    for (const bad of ["internal_error", "unhandled_rejection", "uncaught_error"]) {
      const lines = gateway.logLines(bad);
      this.#complaintsOfTheGateway += lines.length;
      for (const line of lines.slice(0, 3)) this.#tally.note(line);
    }
  }

  /** Prints what was counted. */
  report(): void {
    console.log("\nOne process, with every fourth request to a candidate that breaks:");
    this.#tally.report();
    console.log(`faults injected          ${this.#faults}`);
    const tenth = Math.max(1, Math.floor(this.#samples.length / 10));
    const shown = this.#samples.filter((_, index) => index % tenth === 0);
    console.log(`gateway's RSS over time  ${shown.join(" ")} MiB`);
    console.log(`levels off               ${this.#isLevel ? "yes" : "no"}`);
    this.#tally.complain();
  }

  /** The last third of the time against the third before it. */
  get #isLevel(): boolean {
    const third = Math.floor(this.#samples.length / 3);
    if (third === 0) return true;
    const median = (from: number) =>
      this.#samples.slice(from, from + third).sort((one, other) => one - other)[third >> 1]!;
    return median(2 * third) <= MAX_GROWTH * median(third);
  }

  async #one(gateway: GatewayProcess, cases: readonly FaultCase[]): Promise<void> {
    const text = `soak ${this.#tally.requests}`;
    const seen = await this.#tally.ask(gateway, { ...this.#asking(cases), text });
    this.#faults += attemptsOf(seen).filter(({ reason }) => reason !== "200").length;
  }

  #asking(cases: readonly FaultCase[]): Omit<Asking, "text"> {
    if (this.#random.oneIn(FAULT_ONE_IN)) {
      const { id, client, isStream } = this.#random.pick(cases);
      return { model: id, client, isStream };
    }
    return {
      model: `healthy-${WORD[this.#random.pick(PROTOCOLS)]}`,
      client: this.#random.pick(PROTOCOLS),
      isStream: this.#random.oneIn(2),
    };
  }
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
