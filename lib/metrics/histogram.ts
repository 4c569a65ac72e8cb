/**
 * Makes the metrics that show how times are spread.
 *
 * @module
 */
import type { Observer } from "../base/observer.ts";
import type { KnownNames } from "./known_names.ts";
import type { MakeMetric, Sample } from "./metric.ts";
import { type LabelValue, SeriesMap } from "./series_map.ts";

/** Notes a value under these labels. */
export type Observe = (value: number, ...labels: LabelValue[]) => void;

/** What a histogram is made of. */
export interface HistogramOptions {
  name: string;
  help: string;
  labels: readonly string[];
  /** Upper bounds of the buckets, ascending; the one for everything above is added. */
  bounds: readonly number[];
  /** @default 100 */
  limit?: number;
  /** What it hears, and notes. */
  hears(observe: Observe, known: KnownNames): Partial<Observer>;
}

const USUAL_LIMIT = 100;

/** The values under one combination of labels. */
interface Spread {
  /** How many fell into each bucket, and, last, above all of them. */
  counts: number[];
  sum: number;
}

/** A histogram, a spread for each combination of its labels. */
export function histogram(options: HistogramOptions): MakeMetric {
  const { name, help, labels, bounds, limit, hears } = options;
  return (known) => {
    const series = new SeriesMap<Spread>({
      labelCount: labels.length,
      make: () => ({ counts: new Array(bounds.length + 1).fill(0), sum: 0 }),
      limit: limit ?? USUAL_LIMIT,
    });
    const observe: Observe = (value, ...of) => {
      const spread = series.of(of);
      spread.sum += value;
      let at = 0;
      while (at < bounds.length && value > bounds[at]!) at++;
      spread.counts[at]!++;
    };
    return {
      name,
      type: "histogram",
      help,
      labels,
      hears: hears(observe, known),
      samples: () => series.entries().flatMap(([of, spread]) => samplesOf(of, spread, bounds)),
    };
  };
}

/** Buckets hold what is under their bound, what is in the smaller ones included. */
function samplesOf(
  labels: readonly LabelValue[],
  { counts, sum }: Spread,
  bounds: readonly number[],
): Sample[] {
  let count = 0;
  const buckets = counts.map((inBucket, at): Sample => {
    count += inBucket;
    return { labels, suffix: "_bucket", bound: bounds[at] ?? Infinity, value: count };
  });
  return [
    ...buckets,
    // Without the last digits, which are what adding leaves over.
    { labels, suffix: "_sum", value: Math.round(sum * 1e6) / 1e6 },
    { labels, suffix: "_count", value: count },
  ];
}
