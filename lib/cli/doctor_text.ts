/**
 * What was found out about upstreams, as people read it in a terminal.
 *
 * @module
 */
import { CAPABILITIES, type Verdict } from "../doctor/capability.ts";
import type { Examination } from "../doctor/examination.ts";
import type { RouteAdvice, Setting } from "../doctor/prescription.ts";
import { yamlLines } from "../base/yaml_text.ts";
import { cut, labelled, type LabelledRow, padded, printable, widthOf, wrapped } from "./layout.ts";
import type { PassedOver } from "./doctor_patients.ts";
import type { Page, Style } from "./terminal.ts";

/** What is shown. */
export interface DoctorReport {
  examinations: readonly Examination[];
  /** For each route, in the order of the file. */
  advice: readonly RouteAdvice[];
  /** Routes that were not examined, and why. */
  passedOver: readonly PassedOver[];
}

/** Where lines are narrower than this, columns stand closer. */
const WIDE_PAGE = 100;
/** A route's name gets at least this much, and at most that. */
const MIN_NAME = 14;
const MAX_NAME = 44;

const WORDS: Readonly<Record<Verdict, { word: string; colour: "green" | "red" | "yellow" }>> = {
  yes: { word: "yes", colour: "green" },
  no: { word: "no", colour: "red" },
  unknown: { word: "?", colour: "yellow" },
};

/** The table, the reasons below it, and what to write; a line each. */
export function doctorLines(report: DoctorReport, page: Page): string[] {
  const { style, columns } = page;
  const { examinations, advice, passedOver } = report;
  return [
    ...(examinations.length > 0 ? [...tableLines(examinations, page), ""] : []),
    ...wrapped(LEGEND, columns).map(style.dim),
    ...examinations.flatMap((one) => reasonLines(one, page)),
    ...(passedOver.length > 0 ? [""] : []),
    ...labelled(passedOver.map(({ route, reason }) => [printable(route), reason]), page),
    ...advice.flatMap((one) => adviceLines(one, page)),
  ];
}

const LEGEND = CAPABILITIES.map(({ title, doc }) => `${title}: ${doc}`).join("; ");

function tableLines(examinations: readonly Examination[], { style, columns }: Page): string[] {
  const gap = columns < WIDE_PAGE ? " " : "  ";
  const names = examinations.map(nameOf);
  const taken = CAPABILITIES.reduce((sum, { title }) => sum + title.length + gap.length, 0);
  const longest = Math.max("route".length, ...names.map(widthOf));
  const width = Math.min(longest, MAX_NAME, Math.max(MIN_NAME, columns - taken));
  const head = [padded("route", width), ...CAPABILITIES.map(({ title }) => title)].join(gap);
  return [
    style.bold(head),
    ...examinations.map((one, at) =>
      [padded(cut(names[at]!, width), width), ...cells(one, style)].join(gap).trimEnd()
    ),
  ];
}

function cells({ findings }: Examination, style: Style): string[] {
  return CAPABILITIES.map(({ name, title }) => {
    const { word, colour } = WORDS[findings[name].verdict];
    return style[colour](word) + " ".repeat(title.length - word.length);
  });
}

/** The model stands beside a route that has several. */
function nameOf({ route, model }: Examination): string {
  const isOnly = route.models.length === 1 && route.models[0] === model;
  return printable(isOnly ? route.name : `${route.name} ${model}`);
}

/** As many columns are named that share a reason; more are the rest. */
const MAX_NAMED = 2;

/** What is not a plain yes; what was left out for one reason, in one row. */
function reasonLines(examination: Examination, page: Page): string[] {
  const { style } = page;
  const byReason = new Map<string, string[]>();
  for (const { name, title } of CAPABILITIES) {
    const { reason } = examination.findings[name];
    if (reason !== undefined) byReason.set(reason, [...byReason.get(reason) ?? [], title]);
  }
  if (byReason.size === 0) return [];
  const { route, model, requestCount } = examination;
  const title = `${style.bold(printable(route.name))} ${printable(model)}`;
  const count = style.dim(`${requestCount} request${requestCount === 1 ? "" : "s"}`);
  const isRest = ([, titles]: [string, string[]]) => titles.length > MAX_NAMED;
  const all = [...byReason];
  const rows = [...all.filter((one) => !isRest(one)), ...all.filter(isRest)]
    .map((one): LabelledRow => [isRest(one) ? "the rest" : one[1].join(", "), printable(one[0])]);
  return ["", `${title}  ${count}`, ...labelled(rows, page)];
}

function adviceLines({ route, settings, notes }: RouteAdvice, page: Page): string[] {
  if (settings.length + notes.length === 0) return [];
  const { style } = page;
  const lines = settings.flatMap((setting) => {
    const reason = setting.reason === undefined ? [] : wrapped(
      `# ${printable(setting.reason)}`,
      Math.max(MIN_NAME, page.columns - 4),
    ).map((line, at) => style.dim(`    ${at === 0 ? "" : "# "}${line}`));
    return [...reason, `    ${style.cyan(settingLine(setting))}`];
  });
  return [
    "",
    ...(settings.length > 0 ? [`Missing in route ${style.bold(printable(route.name))}:`] : []),
    ...lines,
    ...labelled(notes.map((note) => ["note", printable(note)]), page),
  ];
}

/** `dropParams: [stream_options]` */
export function settingLine({ key, value }: Pick<Setting, "key" | "value">): string {
  return printable(yamlLines(key, value, 0).map((line) => line.trim()).join(" "));
}
