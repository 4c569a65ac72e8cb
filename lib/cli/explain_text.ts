/**
 * An explanation as people read it in a terminal.
 *
 * @module
 */
import type { Loss } from "../chat/loss.ts";
import { counted } from "./counted.ts";
import type { AttemptReport, ExplainReport, PassedOverReport } from "./explain_report.ts";
import { labelled, type LabelledRow, printable, wrapped } from "./layout.ts";
import type { Page } from "./terminal.ts";

const INDENT = 3;

/** How an explanation is written. */
export interface ExplainPage extends Page {
  /** Whether the whole bodies are shown. */
  showsBody: boolean;
}

/** The explanation, a line each. */
export function explainLines(report: ExplainReport, page: ExplainPage): string[] {
  const { style, columns } = page;
  const { refusal, candidates, notes } = report;
  return [
    ...wrapped(`${style.bold(printable(report.model))}  ${style.dim(about(report))}`, columns),
    ...(refusal
      ? ["", ...wrapped(style.red(`${refusal.status}: ${printable(refusal.message)}`), columns)]
      : []),
    ...candidates.flatMap((one, at) => ["", ...candidateLines(one, at + 1, page)]),
    ...(notes.length > 0 ? [""] : []),
    ...labelled(notes.map((note) => ["-", note]), { columns, indent: 0 }),
    "",
    style.dim("Nothing was sent."),
  ];
}

function about({ protocol, isStream, bodyBytes, estimatedTokens }: ExplainReport): string {
  const tokens = estimatedTokens === undefined
    ? "no prompt that can be read"
    : `about ${counted(estimatedTokens, "token")}`;
  const kind = isStream ? `a stream in ${protocol}` : `a request in ${protocol}`;
  return `${kind}, ${counted(bodyBytes, "byte")}, ${tokens}`;
}

function candidateLines(
  candidate: AttemptReport | PassedOverReport,
  place: number,
  page: ExplainPage,
): string[] {
  const { bold } = page.style;
  const { model, route, why } = candidate;
  const title = `${place}. ${bold(printable(model))} at ${bold(printable(route))}: ${
    printable(why)
  }`;
  const rows = "refusal" in candidate
    ? [["refused", page.style.red(printable(candidate.refusal))] as const]
    : attemptRows(candidate, page);
  return [
    ...wrapped(title, page.columns),
    ...labelled(rows, { ...page, indent: INDENT }),
    ...("body" in candidate && page.showsBody ? ["", ...bodyLines(candidate.body)] : []),
  ];
}

/** Not wrapped, so that it can be copied. */
function bodyLines(body: AttemptReport["body"]): string[] {
  const margin = " ".repeat(INDENT);
  return JSON.stringify(body, null, 2).split("\n").map((line) => margin + printable(line));
}

function attemptRows(attempt: AttemptReport, { style }: ExplainPage): LabelledRow[] {
  const { protocol, isTranslated, url, headers, bodyBytes, losses, changes } = attempt;
  const rows: LabelledRow[] = [
    [protocol, isTranslated ? "translated" : "passed through"],
    ["url", style.cyan(url)],
    ["headers", Object.entries(headers).map(([name, value]) => printable(`${name}: ${value}`))],
    ["body", counted(bodyBytes, "byte")],
    ["quirks", changes],
    ["losses", losses.map((loss) => style.yellow(lossText(loss)))],
  ];
  return rows.filter(([, text]) => text.length > 0);
}

function lossText({ field, how, changesMeaning }: Loss): string {
  return `${printable(field)} is ${how}${changesMeaning ? ", which changes the answer" : ""}`;
}
