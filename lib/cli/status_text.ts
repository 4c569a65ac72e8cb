/**
 * A gateway's health as people read it in a terminal.
 *
 * @module
 */
import type { ModelHealth } from "../metrics/health.ts";
import type { GatewayHealth } from "./gateway_health.ts";
import { type Column, printable, table, wrapped } from "./layout.ts";
import type { Page, Paint, Style } from "./terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "#", isNumber: true },
  { title: "MODEL", isFlexible: true },
  { title: "ROUTE", isFlexible: true },
  { title: "LAST" },
  { title: "OK %", isNumber: true },
  { title: "COUNT", isNumber: true },
  { title: "AVG MS", isNumber: true },
  { title: "LAST MS", isNumber: true },
];

/** A share of good answers below which a model is not well, and one below which it is ill. */
const WELL_PERCENT = 99;
const ILL_PERCENT = 90;

/** The table, a line each. */
export function statusLines(health: GatewayHealth, address: string, page: Page): string[] {
  const { style, columns } = page;
  const isWell = health.status === "ok";
  const paint = isWell ? style.green : style.yellow;
  const rows = health.models.map((model) => cellsOf(model, style));
  return [
    `${paint(printable(health.status))}  ${style.bold(address)}  ` +
    style.dim(`over ${health.windowHours} h, the healthiest first`),
    "",
    ...table(COLUMNS, rows, { columns, paintTitle: style.dim }),
    ...configLines(health, page),
  ];
}

function configLines({ config }: GatewayHealth, { style, columns }: Page): string[] {
  if (config === undefined) return [];
  const { source, loadedAt, problems } = config;
  const use = `Configuration: ${printable(source)}, in use since ${printable(loadedAt)}`;
  if (problems.length === 0) return ["", ...wrapped(style.dim(use), columns)];
  return [
    "",
    ...wrapped(`${use}; what it says now is not:`, columns),
    ...problems.flatMap((problem) => wrapped(style.red(printable(problem)), columns)),
  ];
}

function cellsOf(model: ModelHealth, style: Style): string[] {
  const { lastStatus, okPercent } = model;
  return [
    shown(model.rank),
    printable(String(model.model)),
    printable(String(model.route)),
    lastStatus === null ? "-" : paintOfStatus(lastStatus, style)(shown(lastStatus)),
    okPercent === null ? "-" : paintOfPercent(okPercent, style)(shown(okPercent)),
    shown(model.count),
    shown(model.avgMs),
    shown(model.lastMs),
  ];
}

function shown(value: unknown): string {
  return value === null || value === undefined ? "-" : printable(String(value));
}

function paintOfStatus(status: number | string, { green, red }: Style): Paint {
  return typeof status === "number" && status < 400 ? green : red;
}

function paintOfPercent(percent: number, { green, yellow, red }: Style): Paint {
  if (percent >= WELL_PERCENT) return green;
  return percent >= ILL_PERCENT ? yellow : red;
}
