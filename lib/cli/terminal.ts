/**
 * What can be shown on a terminal: colours, when there is one that wants them, and its width.
 *
 * @module
 */
import type { ReadVariable } from "../config/interpolation.ts";

/** One way to set text off. */
export type Paint = (text: string) => string;

/** Every way to set text off; each leaves the text as it is where colour is not wanted. */
export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
  cyan: Paint;
}

/** SGR parameters (ECMA-48, 8.3.117): on, and what takes just that off again. */
const CODES: Readonly<Record<keyof Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** The styles of a stream: colours on a terminal, unless `NO_COLOR` (no-color.org) is set. */
export function styleOf(stream: { isTerminal(): boolean }, read: ReadVariable): Style {
  const isPlain = Boolean(read("NO_COLOR")) || read("TERM") === "dumb" || !stream.isTerminal();
  const names = Object.keys(CODES) as (keyof Style)[];
  return Object.fromEntries(
    names.map((name) => [name, isPlain ? (text: string) => text : painter(CODES[name])]),
  ) as unknown as Style;
}

function painter([on, off]: readonly [number, number]): Paint {
  return (text) => `\x1b[${on}m${text}\x1b[${off}m`;
}

/** Columns of the terminal; what stands anywhere else may be as wide as it likes. */
export function columnsOf(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return Infinity;
  }
}

/** What text is written for. */
export interface Page {
  style: Style;
  /** How wide lines may be; `Infinity` where nobody counts. */
  columns: number;
}

/** The page that a stream is. */
export function pageOf(stream: { isTerminal(): boolean }, read: ReadVariable): Page {
  const columns = stream.isTerminal() ? columnsOf() : Infinity;
  return { style: styleOf(stream, read), columns };
}
