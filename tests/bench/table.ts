/**
 * The results as text: for a terminal and for a page.
 *
 * @module
 */
import type { Absent, Contender, ContenderName } from "./contenders/contender.ts";
import { spread, written } from "./quantity.ts";
import type { Judged, Results, Verdict } from "./requirements.ts";
import type { FigureName, Measured } from "./rounds.ts";
import type { Workload } from "./workloads.ts";

/** A table: its head, then its rows. */
export type Table = readonly (readonly string[])[];

/** Columns that line up. */
export function asText(table: Table): string {
  const widths = widthsOf(table);
  return table.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join("  ").trimEnd())
    .join("\n");
}

/** A table of Markdown, laid out as `deno fmt` does. */
export function asMarkdown(table: Table): string {
  const widths = widthsOf(table).map((width) => Math.max(3, width));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  const [head, ...rows] = table;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head!), rule, ...rows.map(line)].join("\n");
}

function widthsOf(table: Table): number[] {
  return table[0]!.map((_, at) => Math.max(...table.map((row) => (row[at] ?? "").length)));
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  aim: "aim reached",
  must: "holds",
  missed: "MISSED",
  "not measured": "not measured",
};

/** What must hold, and whether it does. */
export function requirementTable(judged: readonly Judged[]): Table {
  return [
    ["what", "gateway", "compared", "value", "must", "aim", "verdict"],
    ...judged.map(
      ({ title, unit, comparison, figure, value, must, aim, isMoreBetter, verdict }) => {
        const sign = isMoreBetter ? "≥" : "≤";
        return [
          title,
          figure === undefined ? "–" : `${written(figure)} ${unit}`,
          comparison,
          value === undefined ? "–" : written(value),
          `${sign} ${written(must)}`,
          `${sign} ${written(aim)}`,
          VERDICTS[verdict],
        ];
      },
    ),
  ];
}

/** The figures that say most, in the order of the columns. */
const COLUMNS: readonly (readonly [string, FigureName])[] = [
  ["CPU µs/request", "cpuUsPerRequest"],
  ["CPU µs/chunk", "cpuUsPerChunk"],
  ["per second", "requestsPerSecond"],
  ["p50 ms", "p50Us"],
  ["p99 ms", "p99Us"],
  ["peak MiB", "peakMiB"],
];

/** Every contender under one workload. */
export function workloadTable({ body }: Workload, measured: Measured): Table {
  const hasChunks = body === "stream" || body === "message";
  const columns = COLUMNS.filter(([, figure]) => hasChunks || figure !== "cpuUsPerChunk");
  return [
    ["", ...columns.map(([title]) => title), "spread"],
    ...measured.names.map((name) => [
      name,
      ...columns.map(([, figure]) => cell(measured, name, figure)),
      `${Math.round(100 * spread(measured.all(name, "requestsPerSecond")))} %`,
    ]),
  ];
}

function cell(measured: Measured, name: ContenderName, figure: FigureName): string {
  const value = measured.of(name, figure)!;
  if (name === "direct" && (figure.startsWith("cpu") || figure === "peakMiB")) return "–";
  return written(figure.endsWith("Us") ? value / 1_000 : value);
}

/** Growth, as a table. */
export function growthTable({ growth }: Results): Table {
  const rows = growth?.rows ?? [];
  return [
    ["routes × models, or messages", "CPU µs/request"],
    ...rows.map(({ name, cpuUs }) => [
      name.replace("history-", "history of "),
      written(cpuUs),
    ]),
  ];
}

/** Who took part, and who could not. */
export function contenderLines(
  contenders: readonly Contender[],
  absent: readonly Absent[],
): string[] {
  return [
    ...contenders.map(({ name, version }) => `${name}: ${version}`),
    ...absent.map(({ name, why }) => `${name}: MISSING: ${why}`),
  ];
}

/** How much faster than the gateway what measures must be. */
const TOOLS_FACTOR = 3;

/** Workloads whose figures the measuring itself may have held down, said in words. */
export function toolWarnings(results: Results): string[] {
  return [...results.workloads].flatMap(([name, measured]) => {
    const [direct, own] = ["direct", "gateway"].map((one) =>
      measured.of(one as ContenderName, "requestsPerSecond")
    );
    const isPaced = (measured.of("gateway", "p99OfIdeal") ?? 0) > 0;
    if (isPaced || direct === undefined || own === undefined || direct >= TOOLS_FACTOR * own) {
      return [];
    }
    return [`${name}: the upstream and the driver are only ${written(direct / own)} times as fast`];
  });
}
