/**
 * How well each model answered over the last hours.
 *
 * Kept in buckets of five minutes, so that memory is bounded whatever the traffic.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";

/** How far back the table looks. */
export const WINDOW_HOURS = 12;
const BUCKET_MS = 5 * 60 * 1000;
const BUCKETS = WINDOW_HOURS * 3_600_000 / BUCKET_MS;
/** Models come and go with reloads, and a wildcard route takes any name. */
const MAX_MODELS = 2_000;

/** How one attempt ended. */
export interface Ending {
  model: string;
  route: string;
  isOk: boolean;
  /** The upstream's status, or the word for a failure without one. */
  code: number | string;
  ms: number;
}

/** One line of the health table. */
export interface ModelHealth {
  model: string;
  route: string;
  /** The last status, or the word for a failure without one; `null` before the first attempt. */
  lastStatus: number | string | null;
  count: number;
  /** `null` before the first attempt. */
  okPercent: number | null;
  avgMs: number | null;
  lastMs: number | null;
  /** From 1, the healthiest first. */
  rank: number;
}

interface Bucket {
  index: number;
  count: number;
  ok: number;
  ms: number;
  /** The part of `ms` that good answers took. */
  okMs: number;
}

interface Series {
  model: string;
  route: string;
  lastStatus: number | string;
  lastMs: number;
  buckets: Bucket[];
}

/** What is asked of the table: which models to show even before their first attempt. */
export type Served = readonly { model: string; route: string }[];

/** Collects endings, and ranks models by them. */
export class HealthWindow {
  readonly #clock: Clock;
  /** By model and route, what was silent longest first. */
  readonly #series = new Map<string, Series>();
  /** The last of them: mostly the next attempt is one more of the same. */
  #latest: Series | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes how an attempt ended. */
  record(ending: Ending): void {
    const series = this.#seriesOf(ending);
    series.lastStatus = ending.code;
    series.lastMs = ending.ms;
    const bucket = this.#currentBucket(series);
    bucket.count++;
    bucket.ms += ending.ms;
    if (!ending.isOk) return;
    bucket.ok++;
    bucket.okMs += ending.ms;
  }

  /**
   * The average time of a model's good answers over the window, in milliseconds: `Infinity` when
   * it only failed, which may be fast; `undefined` before its first attempt.
   */
  latencyOf(model: string): number | undefined {
    const sums = [...this.#series.values()].filter((series) => series.model === model)
      .map((series) => this.#sum(series));
    const total = (field: "count" | "ok" | "okMs") =>
      sums.reduce((sum, one) => sum + one[field], 0);
    if (total("count") === 0) return undefined;
    return total("ok") === 0 ? Infinity : total("okMs") / total("ok");
  }

  /** One line per served model, the healthiest first. */
  table(served: Served): ModelHealth[] {
    const lines = served.map(({ model, route }) => this.#line(model, route));
    lines.sort((one, other) =>
      (other.okPercent ?? -1) - (one.okPercent ?? -1) || (one.avgMs ?? 0) - (other.avgMs ?? 0)
    );
    return lines.map((line, index) => ({ ...line, rank: index + 1 }));
  }

  #line(model: string, route: string): ModelHealth {
    const series = this.#series.get(keyOf(model, route));
    const sum = series ? this.#sum(series) : undefined;
    if (!series || !sum || sum.count === 0) {
      const none = { lastStatus: null, count: 0, okPercent: null, avgMs: null, lastMs: null };
      return { model, route, ...none, rank: 0 };
    }
    return {
      model,
      route,
      lastStatus: series.lastStatus,
      count: sum.count,
      okPercent: Math.round(1000 * sum.ok / sum.count) / 10,
      avgMs: Math.round(sum.ms / sum.count),
      lastMs: Math.round(series.lastMs),
      rank: 0,
    };
  }

  #seriesOf(ending: Ending): Series {
    const { model, route } = ending;
    if (this.#latest?.model === model && this.#latest.route === route) return this.#latest;
    const key = keyOf(model, route);
    const series = this.#series.get(key) ?? this.#newSeries(ending);
    this.#series.delete(key);
    this.#series.set(key, series);
    return this.#latest = series;
  }

  #newSeries({ model, route, code, ms }: Ending): Series {
    if (this.#series.size >= MAX_MODELS) {
      this.#series.delete(this.#series.keys().next().value!);
    }
    return { model, route, lastStatus: code, lastMs: ms, buckets: [] };
  }

  #currentBucket(series: Series): Bucket {
    const index = this.#bucketIndex();
    const last = series.buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, count: 0, ok: 0, ms: 0, okMs: 0 };
    series.buckets.push(bucket);
    series.buckets = series.buckets.filter((one) => this.#isInWindow(one));
    return bucket;
  }

  #sum(series: Series): Omit<Bucket, "index"> {
    const sum = { count: 0, ok: 0, ms: 0, okMs: 0 };
    for (const bucket of series.buckets) {
      if (!this.#isInWindow(bucket)) continue;
      sum.count += bucket.count;
      sum.ok += bucket.ok;
      sum.ms += bucket.ms;
      sum.okMs += bucket.okMs;
    }
    return sum;
  }

  #bucketIndex(): number {
    return Math.floor(this.#clock.nowMs() / BUCKET_MS);
  }

  #isInWindow(bucket: Bucket): boolean {
    return this.#bucketIndex() - bucket.index < BUCKETS;
  }
}

/** With the length, as a name may hold whatever stands between two of them. */
function keyOf(model: string, route: string): string {
  return `${model.length} ${model}${route}`;
}
