/**
 * Metrics as Prometheus reads them: the text exposition format, version 0.0.4.
 *
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format}
 * @module
 */
import type { Metric, Sample } from "./metric.ts";
import type { Snapshot } from "./snapshot.ts";

/** The media type of the text. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Writes all metrics. */
export function expositionText(metrics: readonly Metric[], snapshot: Snapshot): string {
  return metrics.map((metric) => familyText(metric, snapshot)).join("");
}

function familyText(metric: Metric, snapshot: Snapshot): string {
  const { name, type, help } = metric;
  const lines = [...metric.samples(snapshot)].map((sample) => sampleText(metric, sample));
  return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function sampleText({ name, labels }: Metric, sample: Sample): string {
  const pairs = labels.map((label, at) => `${label}="${escapedLabel(sample.labels[at]!)}"`);
  if (sample.bound !== undefined) pairs.push(`le="${numberText(sample.bound)}"`);
  const set = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${sample.suffix ?? ""}${set} ${numberText(sample.value)}\n`;
}

function escapedHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** Half a surrogate pair, which a name in YAML can hold, has no place in UTF-8. */
function escapedLabel(value: string | number): string {
  return String(value).toWellFormed()
    .replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
