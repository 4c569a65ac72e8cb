/**
 * Faults before the commit, in front of one healthy candidate.
 *
 * @module
 */
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import { FAULTS } from "../e2e/faults/fault_scripts.ts";
import { type FaultUpstream, faultUpstream, type Script } from "../e2e/faults/fault_upstream.ts";
import { type Healthy, healthyUpstreams, WORD } from "../e2e/faults/scene.ts";
import { UNREACHED, type Unreached, unreachedUpstreams } from "../e2e/faults/unreached.ts";
import { startGateway } from "../e2e/gateway_process.ts";
import { Random } from "../properties/random.ts";
import { type Asking, attemptsOf, Tally, type Tried } from "./tally.ts";
import { eachOf, inBatches } from "./workers.ts";

/** A gateway gets a new configuration, and so a new process, for so many faults. */
const BATCH = 1_000;
/** For candidates that break, in milliseconds; the healthy ones have the usual time. */
const SHORT = { requestMs: 200, connectMs: 200 };
const LONG = { requestMs: 20_000 };
/** One in so many faults that take megabytes is tried, so that they do not crowd out the others. */
const HEAVY_ONE_IN = 20;

/** One fault, and who is to run into it. */
export interface FaultCase {
  id: string;
  kind: string;
  client: Protocol;
  upstream: Protocol;
  isStream: boolean;
  /** Whether the request names `auto` or the case's own model, behind which a chain goes on. */
  isAuto: boolean;
  /** The protocol of the healthy candidate. */
  healthy: Protocol;
}

/** Everything that listens. */
export interface Upstreams {
  faulty: FaultUpstream;
  stale: FaultUpstream;
  closing: FaultUpstream;
  unreached: Unreached;
  healthy: Healthy;
}

/** Runs faults, and keeps count. */
export class FaultRun {
  readonly #random: Random;
  readonly #injected = new Map<string, number>();
  readonly #tally = new Tally();
  #miscounted = 0;
  #seconds = 0;
  #peakMiB = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** Whether nobody saw anything of any fault. */
  get isGood(): boolean {
    return this.#tally.isGood && this.#miscounted === 0;
  }

  /** Injects at least `count` faults. */
  async run(count: number): Promise<void> {
    const started = performance.now();
    await using owned = new AsyncDisposableStack();
    const upstreams = await listen(owned);
    while (this.#injectedCount < count) {
      const missing = count - this.#injectedCount;
      const cases = Array.from({ length: missing }, (_, index) => faultCase(this.#random, index));
      for (const batch of inBatches(cases, BATCH)) await this.#batch(batch, upstreams);
    }
    this.#seconds = (performance.now() - started) / 1000;
  }

  /** Prints what was counted. */
  report(): void {
    console.log("\nFaults before the commit, in front of one healthy candidate:");
    const rows = [...this.#injected].sort(([one], [other]) => one.localeCompare(other));
    for (const [kind, count] of rows) console.log(`  ${kind.padEnd(24)} ${count}`);
    console.log(`faults injected          ${this.#injectedCount}`);
    this.#tally.report();
    console.log(`miscounted attempts      ${this.#miscounted}`);
    console.log(`seconds                  ${this.#seconds.toFixed(1)}`);
    if (this.#peakMiB > 0) console.log(`gateway's peak RSS       ${this.#peakMiB} MiB`);
    this.#tally.complain();
  }

  get #injectedCount(): number {
    return [...this.#injected.values()].reduce((sum, count) => sum + count, 0);
  }

  async #batch(cases: readonly FaultCase[], upstreams: Upstreams): Promise<void> {
    const { faulty, stale, healthy } = upstreams;
    for (const { posts } of [faulty, stale]) posts.clear();
    const byModel = new Map(cases.map((one) => [one.id, one]));
    await using gateway = await startGateway({ config: configOf(cases, upstreams) });
    const healthyBefore = postCount(healthy);
    let healthyAttempts = 0;
    await eachOf(asked(cases), async (request) => {
      const seen = await this.#tally.ask(gateway, request);
      const tried = attemptsOf(seen);
      for (const { model, reason } of tried) {
        if (!byModel.has(model)) healthyAttempts++;
        else if (reason !== "200") this.#injectedOne(byModel.get(model)!.kind);
      }
      for (const model of new Set(tried.map(({ model }) => model))) {
        this.#checkCount(byModel.get(model), { tried, upstreams });
      }
    });
    if (postCount(healthy) - healthyBefore !== healthyAttempts) {
      this.#miscounted++;
      this.#tally.note(
        `${postCount(healthy) - healthyBefore} POSTs to the healthy, ${healthyAttempts} attempts`,
      );
    }
    this.#peakMiB = Math.max(this.#peakMiB, gateway.residentMiB);
    for (const bad of ["internal_error", "unhandled_rejection", "uncaught_error"]) {
      for (const line of gateway.logLines(bad).slice(0, 3)) this.#tally.note(line);
    }
  }

  #injectedOne(kind: string): void {
    this.#injected.set(kind, (this.#injected.get(kind) ?? 0) + 1);
  }

  /** One POST for each attempt that is told. */
  #checkCount(
    one: FaultCase | undefined,
    { tried, upstreams }: { tried: readonly Tried[]; upstreams: Upstreams },
  ): void {
    const server = one && serverOf(one.kind, upstreams);
    if (!server) return;
    const told = tried.filter(({ model, reason }) => model === one.id && !isUnsent(reason)).length;
    const came = server.posts.get(`/${one.kind}/${one.id}`) ?? 0;
    if (told === came) return;
    this.#miscounted++;
    this.#tally.note(`miscounted: ${one.id} (${one.kind}): ${told} attempts told, ${came} POSTs`);
  }
}

/** Whether an attempt that is told so never became a request. */
function isUnsent(reason: string): boolean {
  return UNREACHED.some((one) => one === reason);
}

/** What listens where each fault is made; absent where no request is read. */
function serverOf(kind: string, { faulty, stale }: Upstreams): FaultUpstream | undefined {
  if (kind === STALE) return stale;
  return kind in FAULTS ? faulty : undefined;
}

const STALE = "stale-socket";
const CLOSED = "closed-at-once";
const KINDS = [...Object.keys(FAULTS), ...UNREACHED, STALE, CLOSED];

/** Starts everything that listens. */
export async function listen(owned: AsyncDisposableStack): Promise<Upstreams> {
  const scripts = Object.entries(FAULTS).map(([name, { script }]) => [name, script] as const);
  return {
    faulty: owned.use(await faultUpstream(Object.fromEntries(scripts))),
    stale: owned.use(await faultUpstream({ [STALE]: closesUnderTheSecond })),
    closing: owned.use(
      await faultUpstream({}, { onConnection: (socket) => (socket.destroy(), false) }),
    ),
    unreached: await unreachedUpstreams(owned),
    healthy: healthyUpstreams(owned),
  };
}

/** Keeps its connection behind the first answer, and closes it under the second request. */
const closesUnderTheSecond: Script = async (exchange) => {
  if (exchange.number > 0) return exchange.end();
  exchange.isKept = true;
  await exchange.send(exchange.answer(), { connection: "keep-alive" });
};

function urlOf({ kind, id }: FaultCase, { faulty, stale, closing, unreached }: Upstreams): string {
  if (kind in unreached) return unreached[kind as keyof Unreached];
  const origin = kind === STALE ? stale.origin : kind === CLOSED ? closing.origin : faulty.origin;
  return `${origin}/${kind}/${id}/v1`;
}

/** One fault of any kind, between any protocols. */
export function faultCase(random: Random, index: number): FaultCase {
  const isStream = random.oneIn(2);
  return {
    id: `case-${index}`,
    kind: kindOf(random, isStream),
    client: random.pick(PROTOCOLS),
    upstream: random.pick(PROTOCOLS),
    isStream,
    isAuto: random.oneIn(2),
    healthy: random.pick(PROTOCOLS),
  };
}

function kindOf(random: Random, isStream: boolean): string {
  for (;;) {
    const kind = random.pick(KINDS);
    const fault = FAULTS[kind];
    if (fault === undefined) return kind;
    if (fault.reason[isStream ? "sse" : "json"] === undefined) continue;
    if (!fault.isHeavy || random.oneIn(HEAVY_ONE_IN)) return kind;
  }
}

/** A model for each case; a healthy one behind it, by a chain or as the next of `auto`. */
export function configOf(cases: readonly FaultCase[], upstreams: Upstreams) {
  const faulty = cases.map((one) => ({
    name: one.id,
    model: one.id,
    protocol: WORD[one.upstream],
    url: urlOf(one, upstreams),
    apiKey: `key-of-${one.id}`,
    timeouts: FAULTS[one.kind]?.isHeavy ? LONG : SHORT,
    fallback: [`healthy-${WORD[one.healthy]}`],
  }));
  const autos = cases.filter(({ isAuto }) => isAuto);
  const healthy = PROTOCOLS.map((protocol) => ({
    name: `healthy-${WORD[protocol]}`,
    url: upstreams.healthy[protocol].url,
    protocol: WORD[protocol],
    apiKey: "healthy-key-0001",
    model: [
      `healthy-${WORD[protocol]}`,
      ...autos.filter((one) => one.healthy === protocol).map(({ id }) => `behind-${id}`),
    ],
  }));
  return {
    auto: { models: autos.flatMap(({ id }) => [id, `behind-${id}`]) },
    routes: [...faulty, ...healthy],
  };
}

/**
 * The requests that meet every case. `auto` begins at each of its models in turn, so every second
 * of them begins at a healthy one.
 */
function asked(cases: readonly FaultCase[]): Asking[] {
  return cases.flatMap(({ id, client, isStream, isAuto }) => {
    if (!isAuto) return [{ model: id, client, isStream, text: `pinned ${id}` }];
    return [1, 2].map((turn) => ({ model: "auto", client, isStream, text: `auto ${turn} ${id}` }));
  });
}

function postCount(healthy: Healthy): number {
  return PROTOCOLS.reduce((sum, protocol) => sum + healthy[protocol].postCount, 0);
}
