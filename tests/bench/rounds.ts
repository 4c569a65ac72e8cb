/**
 * Measures contenders in turn, round after round, so that a noisy moment meets all of them.
 *
 * @module
 */
import { writeBody } from "./bodies.ts";
import type { Contender, ContenderName, Running } from "./contenders/contender.ts";
import { drive, type Driven } from "./load.ts";
import { median } from "./quantity.ts";
import { startUpstream, type Tools } from "./tools.ts";
import { chunksIn, idealMs, marksOf, type Workload } from "./workloads.ts";

/** One contender in one round. */
export interface Sample {
  /** Processor time, in microseconds. */
  cpuUsPerRequest: number;
  cpuUsPerChunk: number;
  requestsPerSecond: number;
  p50Us: number;
  p99Us: number;
  /** The slowest hundredth of the streams, as a multiple of the time that the pace alone takes. */
  p99OfIdeal: number;
  peakMiB: number;
}

/** A figure of a sample. */
export type FigureName = keyof Sample;

/** What the rounds of one workload found. */
export class Measured {
  readonly #samples = new Map<ContenderName, Sample[]>();

  /** Takes a sample. */
  add(name: ContenderName, sample: Sample): void {
    this.#samples.set(name, [...this.#samples.get(name) ?? [], sample]);
  }

  /** Who was measured, in order. */
  get names(): ContenderName[] {
    return [...this.#samples.keys()];
  }

  /** Every sample, for `--json`. */
  toJSON(): Record<string, Sample[]> {
    return Object.fromEntries(this.#samples);
  }

  /** A figure in every round. */
  all(name: ContenderName, figure: FigureName): number[] {
    return (this.#samples.get(name) ?? []).map((sample) => sample[figure]);
  }

  /** A figure in the middle of all rounds; `undefined` for who was not measured. */
  of(name: ContenderName, figure: FigureName): number | undefined {
    const all = this.all(name, figure);
    return all.length > 0 ? median(all) : undefined;
  }
}

/** What rounds need. */
export interface Bench {
  tools: Tools;
  /** A folder for whatever they write. */
  folder: string;
  rounds: number;
  /** A part of the requests, for short runs; 1: all. */
  share: number;
}

/** Measures one workload. */
export async function measure(
  workload: Workload,
  contenders: readonly Contender[],
  bench: Bench,
): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const folder = newFolder(bench.folder);
  const upstream = await startUpstream(bench.tools, { ...workload.upstream, folder });
  stack.use(upstream);
  const lanes: Lane[] = [];
  for (const contender of contenders) {
    if (!(workload.requests[nameInTable(contender)])) continue;
    const scene = { folder: newFolder(bench.folder), upstreamPort: upstream.port };
    const running = stack.use(await contender.start(scene));
    lanes.push(new Lane({ contender, running, workload, bench, folder }));
  }
  const measured = new Measured();
  for (const lane of lanes) await lane.warmUp();
  const rounds = Math.min(bench.rounds, workload.maxRounds ?? bench.rounds);
  for (let round = 0; round < rounds; round++) {
    for (const lane of lanes) measured.add(lane.name, await lane.round());
  }
  return measured;
}

/** The gateway has one row in the table, however it is run. */
function nameInTable({ name }: Contender): ContenderName {
  return name === "gateway from source" ? "gateway" : name;
}

function newFolder(parent: string): string {
  return Deno.makeTempDirSync({ dir: parent });
}

interface LaneOptions {
  contender: Contender;
  running: Running;
  workload: Workload;
  bench: Bench;
  folder: string;
}

/** One contender under one workload. */
class Lane {
  readonly #options: LaneOptions;
  readonly #body: string;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#body = writeBody(options.folder, options.workload.body);
  }

  get name(): ContenderName {
    return this.#options.contender.name;
  }

  get #requests(): number {
    const { contender, workload, bench } = this.#options;
    const { concurrency, requests } = workload;
    return Math.max(concurrency, Math.round(requests[nameInTable(contender)]! * bench.share));
  }

  async warmUp(): Promise<void> {
    const requests = this.#options.workload.warmUp ?? this.#requests;
    if (requests > 0) await this.#drive(requests);
  }

  async round(): Promise<Sample> {
    const { running, workload } = this.#options;
    const before = running.cpuSeconds;
    const driven = await this.#drive(this.#requests);
    const cpuUs = (running.cpuSeconds - before) * 1e6;
    return sampleOf({ driven, cpuUs, peakMiB: running.peakMiB, workload });
  }

  async #drive(requests: number): Promise<Driven> {
    const { bench, running, workload, contender } = this.#options;
    const { path, concurrency } = workload;
    const headers = running.headers ?? [];
    const marks = marksOf(workload, contender.name);
    const load = { path, marks, concurrency, requests, headers, body: this.#body };
    try {
      return await drive(bench.tools, running.port, load);
    } catch (cause) {
      throw new Error(`${contender.name} failed under ${workload.name}`, { cause });
    }
  }
}

interface Seen {
  driven: Driven;
  cpuUs: number;
  peakMiB: number;
  workload: Workload;
}

function sampleOf({ driven, cpuUs, peakMiB, workload }: Seen): Sample {
  const { requests, seconds, total_us } = driven;
  const { upstream } = workload;
  return {
    cpuUsPerRequest: cpuUs / requests,
    cpuUsPerChunk: cpuUs / chunksIn(workload, requests),
    requestsPerSecond: requests / seconds,
    p50Us: total_us.p50,
    p99Us: total_us.p99,
    p99OfIdeal: upstream.paceMs > 0 ? total_us.p99 / 1_000 / idealMs(upstream) : 0,
    peakMiB,
  };
}
