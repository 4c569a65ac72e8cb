/**
 * Makes the metrics that only grow.
 *
 * @module
 */
import type { Observer } from "../base/observer.ts";
import type { KnownNames } from "./known_names.ts";
import type { MakeMetric } from "./metric.ts";
import { type LabelValue, SeriesMap } from "./series_map.ts";

/** Adds to the figure of these labels. */
export type Add = (amount: number, ...labels: LabelValue[]) => void;

/** What a counter is made of. */
export interface CounterOptions {
  /** Ends in `_total`. */
  name: `${string}_total`;
  help: string;
  labels: readonly string[];
  /** @default 500 */
  limit?: number;
  /** What it hears, and adds. */
  hears(add: Add, known: KnownNames): Partial<Observer>;
}

const USUAL_LIMIT = 500;

/** A counter, a figure for each combination of its labels. */
export function counter({ name, help, labels, limit, hears }: CounterOptions): MakeMetric {
  return (known) => {
    const series = new SeriesMap({
      labelCount: labels.length,
      make: () => ({ value: 0 }),
      limit: limit ?? USUAL_LIMIT,
    });
    const add: Add = (amount, ...of) => void (series.of(of).value += amount);
    return {
      name,
      type: "counter",
      help,
      labels,
      hears: hears(add, known),
      samples: () => series.entries().map(([of, { value }]) => ({ labels: of, value })),
    };
  };
}
