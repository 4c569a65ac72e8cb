/**
 * Makes the metrics that are read off the state of the moment.
 *
 * @module
 */
import type { MakeMetric, Metric, Sample } from "./metric.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a metric without a memory is made of. */
export interface ReadOptions {
  name: string;
  /** @default "gauge" */
  type?: Metric["type"];
  help: string;
  /** @default [] */
  labels?: readonly string[];
  /** Its one figure, or one for each combination of its labels. */
  read(snapshot: Snapshot): number | readonly Sample[];
}

/** A gauge, or a counter that somebody else keeps. */
export function gauge({ name, type = "gauge", help, labels = [], read }: ReadOptions): MakeMetric {
  return () => ({
    name,
    type,
    help,
    labels,
    samples(snapshot) {
      const figures = read(snapshot);
      return typeof figures === "number" ? [{ labels: [], value: figures }] : figures;
    },
  });
}
