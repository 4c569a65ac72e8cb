/**
 * Puts the figures of a run where readers find them.
 *
 * @module
 */
import type { Absent, Contender } from "./contenders/contender.ts";
import { plot } from "./plot.ts";
import type { Judged, Results } from "./requirements.ts";
import {
  asMarkdown,
  contenderLines,
  growthTable,
  requirementTable,
  toolWarnings,
  workloadTable,
} from "./table.ts";
import { finished } from "./tools.ts";
import { WORKLOADS } from "./workloads.ts";

const PAGE = new URL("../../docs/PERFORMANCE.md", import.meta.url);
const PICTURE = new URL("../../docs/performance.svg", import.meta.url);

/** Between these lines the page is the bench's. */
export const BEGIN = "<!-- figures: written by `deno task bench --write` -->";
/** The line behind the figures. */
export const END = "<!-- end of figures -->";

/** Everything that a run found. */
export interface Report {
  machine: string;
  contenders: readonly Contender[];
  absent: readonly Absent[];
  results: Results;
  judged: readonly Judged[];
}

/** Writes the page's figures and the picture. */
export async function writeFigures(report: Report): Promise<void> {
  const page = await Deno.readTextFile(PAGE);
  await Deno.writeTextFile(PAGE, withFigures(page, figuresOf(report)));
  await Deno.writeTextFile(PICTURE, plot(report.results.workloads));
  await finished(Deno.execPath(), ["fmt", "--quiet", PAGE.pathname, PICTURE.pathname]);
}

/**
 * A page with new figures between the two lines.
 *
 * @throws {Error} When the page does not have both.
 */
export function withFigures(page: string, figures: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) {
    throw new Error(`Cannot write the figures: expected the lines ${BEGIN} and ${END} in the page`);
  }
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

/** The figures as Markdown. */
export function figuresOf({ machine, contenders, absent, results, judged }: Report): string {
  const workloads = WORKLOADS.flatMap((workload) => {
    const measured = results.workloads.get(workload.name);
    if (!measured) return [];
    return [`### ${workload.title}`, asMarkdown(workloadTable(workload, measured))];
  });
  const growth = results.growth ? ["### Growth", asMarkdown(growthTable(results))] : [];
  const warnings = toolWarnings(results).map((warning) => `- ${warning}`);
  return [
    `${machine}.`,
    asMarkdown(requirementTable(judged)),
    contenderLines(contenders, absent).map((line) => `- ${line}`).join("\n"),
    ...warnings.length > 0 ? [warnings.join("\n")] : [],
    ...workloads,
    ...growth,
  ].join("\n\n");
}
