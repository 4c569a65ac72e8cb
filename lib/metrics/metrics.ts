/**
 * All metrics together: they are told what happens, and read when somebody asks.
 *
 * @module
 */
import type { Observer } from "../base/observer.ts";
import { expositionText } from "./exposition.ts";
import type { KnownNames } from "./known_names.ts";
import { METRICS } from "./metric_list.ts";
import type { Metric } from "./metric.ts";
import type { Snapshot } from "./snapshot.ts";

/** One family as JSON: what the dashboard shows. */
export interface MetricFigures {
  name: string;
  type: Metric["type"];
  help: string;
  samples: { labels: Record<string, string>; value: number }[];
}

/** Every metric of one gateway. */
export class Metrics {
  readonly #metrics: readonly Metric[];

  constructor(known: KnownNames) {
    this.#metrics = METRICS.map((make) => make(known));
  }

  /** What the metrics have to be told. */
  get observers(): Partial<Observer>[] {
    return this.#metrics.flatMap(({ hears }) => hears ? [hears] : []);
  }

  /** All figures, as Prometheus reads them. */
  text(snapshot: Snapshot): string {
    return expositionText(this.#metrics, snapshot);
  }

  /** All figures as values; of histograms only count and sum. */
  figures(snapshot: Snapshot): MetricFigures[] {
    return this.#metrics.map(({ name, type, help, labels, samples }) => ({
      name,
      type,
      help,
      samples: [...samples(snapshot)].filter(({ suffix }) => suffix !== "_bucket")
        .map(({ labels: of, value, suffix }) => ({
          labels: {
            ...Object.fromEntries(labels.map((label, at) => [label, String(of[at])])),
            ...(suffix === undefined ? {} : { figure: suffix.slice(1) }),
          },
          value,
        })),
    }));
  }
}
