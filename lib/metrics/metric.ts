/**
 * What a metric is: a family of figures with a name, told apart by labels.
 *
 * @module
 */
import type { Observer } from "../base/observer.ts";
import type { KnownNames } from "./known_names.ts";
import type { LabelValue } from "./series_map.ts";
import type { Snapshot } from "./snapshot.ts";

/** One figure of a family. */
export interface Sample {
  /** In the order of the family's label names. */
  labels: readonly LabelValue[];
  value: number;
  /** What a histogram appends to its name. */
  suffix?: "_bucket" | "_sum" | "_count";
  /** The upper bound of a histogram's bucket. */
  bound?: number;
}

/** One family of figures. */
export interface Metric {
  /** With its unit, and `_total` for a counter. */
  name: string;
  type: "counter" | "gauge" | "histogram";
  /** One sentence without its full stop. */
  help: string;
  labels: readonly string[];
  /** What it is told of; a metric that is only read has nothing to hear. */
  hears?: Partial<Observer>;
  samples(snapshot: Snapshot): Iterable<Sample>;
}

/** Makes a metric that has counted nothing yet. */
export type MakeMetric = (known: KnownNames) => Metric;
