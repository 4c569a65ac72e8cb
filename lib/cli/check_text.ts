/**
 * The report of `check` as people read it in a terminal.
 *
 * @module
 */
import type { OffRoute } from "../config/config.ts";
import type {
  AutoReport,
  CandidateReport,
  ConfigReport,
  EndpointReport,
  ModelReport,
  RouteReport,
} from "./check_report.ts";
import { labelled, type LabelledRow, printable } from "./layout.ts";
import type { Page } from "./terminal.ts";

/** The report, a line each. */
export function checkLines(report: ConfigReport, page: Page): string[] {
  return [
    ...report.routes.flatMap((route) => [...routeLines(route, page), ""]),
    ...report.offRoutes.flatMap((route) => [...offLines(route, page), ""]),
    page.style.bold("Models"),
    ...labelled([autoRow(report.auto), ...report.models.map(modelRow)], page),
    ...(report.notes.length > 0 ? ["", page.style.bold("Notes")] : []),
    ...labelled(report.notes.map((note) => ["-", printable(note)]), page),
  ];
}

function routeLines(route: RouteReport, page: Page): string[] {
  const { style } = page;
  const origin = route.isProtocolSaid ? "as the file says" : "read from its URL";
  const spoken = route.endpoints.map(({ protocol }) => protocol).join(", ");
  const title = `${style.bold(printable(route.name))}  ${style.dim(`speaks ${spoken}, ${origin}`)}`;
  return [title, ...labelled(rowsOf(route, page), page)];
}

function rowsOf(route: RouteReport, { style }: Page): LabelledRow[] {
  const quirks = Object.entries(route.quirks).map(([name, value]) =>
    `${name}: ${valueText(value)}`
  );
  const rows: LabelledRow[] = [
    ...route.endpoints.map(({ protocol, url }): LabelledRow => [protocol, style.cyan(url)]),
    ["auth", authLines(route.endpoints)],
    [
      "headers",
      Object.entries(route.headers).map(([name, value]) => printable(`${name}: ${value}`)),
    ],
    ["models", route.models.map(printable).join(", ")],
    ["weight", route.weight === 1 ? [] : String(route.weight)],
    ["fallback", route.fallback.length > 0 ? route.fallback.map(printable).join(", ") : []],
    ["quirks", quirks],
  ];
  return rows.filter(([, text]) => text.length > 0);
}

function valueText(value: unknown): string {
  return printable(Array.isArray(value) ? value.join(", ") : String(value));
}

/** Once where all protocols of the route show the same. */
function authLines(endpoints: readonly EndpointReport[]): string[] {
  const texts = endpoints.map(({ auth }) => {
    const headers = Object.entries(auth).map(([name, value]) => `${name}: ${value}`);
    return headers.length > 0 ? printable(headers.join(", ")) : "none";
  });
  if (new Set(texts).size === 1) return [texts[0]!];
  return texts.map((text, at) => `${text} for ${endpoints[at]!.protocol}`);
}

function offLines({ name, models, variable }: OffRoute, page: Page): string[] {
  const { bold, red, dim } = page.style;
  const why = variable === undefined
    ? dim("off: enabled is false")
    : red(`off: ${printable(variable)} is not set`);
  return [
    `${bold(printable(name))}  ${why}`,
    ...labelled([["models", models.map(printable).join(", ")]], page),
  ];
}

function autoRow({ policy, sticky, models }: AutoReport): LabelledRow {
  if (models.length === 0) return ["auto", "no model"];
  const named = models.map(printable).join(", ");
  return ["auto", `${policy}${sticky ? "" : ", not sticky"}: ${named}`];
}

function modelRow({ name, candidates, fallback }: ModelReport): LabelledRow {
  const routes = candidates.map(({ route }) => printable(route)).join(", ");
  const chain = fallback.length > 0 ? `, then ${fallback.map(candidateText).join(", ")}` : "";
  return [printable(name), routes + chain];
}

function candidateText({ model, route }: CandidateReport): string {
  return `${printable(model)} (${printable(route)})`;
}
