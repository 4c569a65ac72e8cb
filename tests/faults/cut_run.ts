/**
 * Streams that are cut behind the commit.
 *
 * @module
 */
import { type Protocol, PROTOCOLS } from "../../lib/base/protocol.ts";
import { answerTo, ask, type Seen } from "../e2e/faults/client_view.ts";
import { cutAfter, CUTS } from "../e2e/faults/fault_scripts.ts";
import { type FaultUpstream, faultUpstream } from "../e2e/faults/fault_upstream.ts";
import { type Healthy, healthyUpstreams, Meetings, WORD } from "../e2e/faults/scene.ts";
import { startGateway } from "../e2e/gateway_process.ts";
import { Random } from "../properties/random.ts";
import { eachOf, inBatches, MAX_REQUEST_MS } from "./workers.ts";

const BATCH = 1_000;
/** Silence of an upstream behind its first word, in milliseconds. */
const IDLE_MS = 200;

interface CutCase {
  id: string;
  kind: string;
  client: Protocol;
  upstream: Protocol;
  /** How many events it sends at most. */
  eventCount: number;
}

/** Cuts streams, and keeps count. */
export class CutRun {
  readonly #random: Random;
  readonly #cuts = new Map<string, number>();
  readonly #complaints: string[] = [];
  #withoutError = 0;
  #finishes = 0;
  #broken = 0;
  #wrong = 0;
  #extra = 0;
  #seconds = 0;

  constructor(seed: number) {
    this.#random = new Random(seed + 1);
  }

  /** Whether every client was told, and nobody else was asked. */
  get isGood(): boolean {
    return this.#withoutError + this.#finishes + this.#broken + this.#wrong + this.#extra === 0;
  }

  /** Cuts `count` streams. */
  async run(count: number): Promise<void> {
    const started = performance.now();
    const cases = Array.from({ length: count }, (_, index) => this.#case(index));
    for (const batch of inBatches(cases, BATCH)) await this.#batch(batch);
    this.#seconds = (performance.now() - started) / 1000;
  }

  /** Prints what was counted. */
  report(): void {
    console.log("\nStreams cut behind the commit, in front of one healthy candidate:");
    const rows = [...this.#cuts].sort(([one], [other]) => one.localeCompare(other));
    for (const [kind, count] of rows) console.log(`  ${kind.padEnd(24)} ${count}`);
    console.log(`without an error event   ${this.#withoutError}`);
    console.log(`invented finishes        ${this.#finishes}`);
    console.log(`connections broken off   ${this.#broken}`);
    console.log(`wrong words              ${this.#wrong}`);
    console.log(`extra upstream calls     ${this.#extra}`);
    console.log(`seconds                  ${this.#seconds.toFixed(1)}`);
    for (const complaint of this.#complaints) console.error(complaint);
  }

  #case(index: number): CutCase {
    return {
      id: `cut-${index}`,
      kind: this.#random.pick(Object.keys(CUTS)),
      client: this.#random.pick(PROTOCOLS),
      upstream: this.#random.pick(PROTOCOLS),
      eventCount: this.#random.below(16),
    };
  }

  async #batch(cases: readonly CutCase[]): Promise<void> {
    await using owned = new AsyncDisposableStack();
    const healthy = healthyUpstreams(owned);
    const meetings = new Meetings();
    const counts = new Map(cases.map(({ id, eventCount }) => [id, eventCount]));
    const place = {
      count: ({ client }: { client: string }) => counts.get(client)!,
      committed: ({ client }: { client: string }) => meetings.wait(client),
    };
    const scripts = Object.keys(CUTS).map((kind) => [kind, cutAfter(kind, place)] as const);
    const faulty = owned.use(await faultUpstream(Object.fromEntries(scripts)));
    await using gateway = await startGateway({ config: configOf(cases, { healthy, faulty }) });
    await eachOf(cases, async (one) => {
      const seen = await ask(gateway.address, {
        protocol: one.client,
        model: one.id,
        isStream: true,
        text: one.id,
        signal: AbortSignal.timeout(MAX_REQUEST_MS),
        onFirstBytes: () => meetings.meet(one.id),
      });
      this.#judge(one, seen, faulty.posts.get(`/${one.kind}/${one.id}`) ?? 0);
    });
    this.#extra += PROTOCOLS.reduce((sum, protocol) => sum + healthy[protocol].postCount, 0);
  }

  #judge(one: CutCase, seen: Seen, posts: number): void {
    this.#cuts.set(one.kind, (this.#cuts.get(one.kind) ?? 0) + 1);
    const isWrong = seen.text === "" || !answerTo(one.id).startsWith(seen.text);
    const isTold = LAST_EVENT[one.client].test(seen.raw);
    if (!isTold) this.#withoutError++;
    if (seen.hasFinish) this.#finishes++;
    if (seen.isBroken) this.#broken++;
    if (isWrong) this.#wrong++;
    this.#extra += posts - 1;
    if (isTold && !seen.hasFinish && !seen.isBroken && !isWrong && posts === 1) return;
    if (this.#complaints.length >= 20) return;
    this.#complaints.push(`${JSON.stringify(one)}, ${posts} POSTs: ${seen.raw.slice(-1_500)}`);
  }
}

/** How each protocol's stream ends when it failed. */
const LAST_EVENT: Readonly<Record<Protocol, RegExp>> = {
  openai_chat: /data: \{"error":\{[^\n]*\n\n$/,
  anthropic_messages: /event: error\ndata: \{"type":"error","error":\{[^\n]*\n\n$/,
  openai_responses: /event: (response\.failed|error)\ndata: \{[^\n]*\n\n$/,
};

/** Two routes for each case's model: the one that breaks, and a healthy one. */
function configOf(
  cases: readonly CutCase[],
  { healthy, faulty }: { healthy: Healthy; faulty: FaultUpstream },
) {
  const routes = cases.flatMap(({ id, kind, upstream }) => {
    const route = { model: id, protocol: WORD[upstream] };
    const url = `${faulty.origin}/${kind}/${id}/v1`;
    return [
      { ...route, name: `faulty-${id}`, url, apiKey: "some-key-1", timeouts: { idleMs: IDLE_MS } },
      { ...route, name: `healthy-${id}`, url: healthy[upstream].url, apiKey: "other-key-1" },
    ];
  });
  return { routes };
}
