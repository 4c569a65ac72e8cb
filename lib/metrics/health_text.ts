/**
 * The health table as people read it in a terminal.
 *
 * @module
 */
import { type ModelHealth, WINDOW_HOURS } from "./health.ts";

const COLUMNS: readonly [title: string, cell: (line: ModelHealth) => string][] = [
  ["#", (line) => String(line.rank)],
  ["MODEL", (line) => printable(line.model)],
  ["ROUTE", (line) => printable(line.route)],
  ["LAST", (line) => String(line.lastStatus ?? "-")],
  ["AVG MS", (line) => String(line.avgMs ?? "-")],
  ["LAST MS", (line) => String(line.lastMs ?? "-")],
  ["COUNT", (line) => String(line.count)],
  ["OK %", (line) => line.okPercent === null ? "-" : String(line.okPercent)],
];

/** A name that cannot move the cursor or colour the terminal. */
function printable(name: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

/** Writes the table: a title, a head and a line per model, columns aligned. */
export function healthText(lines: readonly ModelHealth[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...lines.map((line) => COLUMNS.map(([, cell]) => cell(line))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const text = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  );
  return `Model health over ${WINDOW_HOURS} h, the healthiest first\n\n${text.join("\n")}\n`;
}
