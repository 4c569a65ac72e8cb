/**
 * Text laid out for a terminal: wrapped, labelled, in columns. Colours count for nothing.
 *
 * @module
 */

/** Narrower terminals get lines that are too long rather than a word per line. */
const MIN_TEXT_COLUMNS = 24;
const GAP = "  ";

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// deno-lint-ignore no-control-regex -- the escape character begins every colour
const COLOUR = /\u001b\[[0-9;]*m/g;
/** What takes two columns (Unicode Standard Annex 11: wide and full-width), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/gu;
const COMBINING = /\p{Mark}|\u200d|\ufe0f/gu;

/** A name that can neither move a terminal's cursor nor colour it. */
export function printable(name: string): string {
  return name.toWellFormed().replace(CONTROL, "?");
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  const bare = text.replace(COLOUR, "").replace(COMBINING, "");
  return [...bare].length + (bare.match(WIDE)?.length ?? 0);
}

/** The text with spaces up to a width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** The text without colours, cut to a width, with a mark where it was. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const character of text.replace(COLOUR, "")) {
    if (widthOf(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The lines of a text, broken at spaces. A word that is longer stays whole, so it can be copied. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** A label and what stands beside it; several lines where it is a list. */
export type LabelledRow = readonly [label: string, text: string | readonly string[]];

/** Rows with their texts one below the other, wrapped beside the labels. */
export function labelled(
  rows: readonly LabelledRow[],
  { columns, indent = 2 }: { columns: number; indent?: number },
): string[] {
  const width = Math.max(0, ...rows.map(([label]) => widthOf(label)));
  const margin = " ".repeat(indent);
  const left = indent + width + GAP.length;
  return rows.flatMap(([label, text]) =>
    (typeof text === "string" ? [text] : text)
      .flatMap((one) => wrapped(one, Math.max(MIN_TEXT_COLUMNS, columns - left)))
      .map((line, at) => `${margin}${padded(at === 0 ? label : "", width)}${GAP}${line}`.trimEnd())
  );
}

/** One column of a table. */
export interface Column {
  title: string;
  /** Whether its cells are cut when the table is too wide. */
  isFlexible?: boolean;
  isNumber?: boolean;
}

/** Rows in aligned columns, under their titles; the flexible ones give way on a narrow terminal. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { columns: available, paintTitle }: { columns: number; paintTitle: (text: string) => string },
): string[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[at]!)))
  );
  shrink(widths, columns, available);
  const lineOf = (cells: readonly string[]) =>
    cells.map((cell, at) => {
      const fitted = cut(cell, widths[at]!);
      const space = " ".repeat(Math.max(0, widths[at]! - widthOf(fitted)));
      return columns[at]!.isNumber ? space + fitted : fitted + space;
    }).join(GAP).trimEnd();
  return [paintTitle(lineOf(columns.map(({ title }) => title))), ...rows.map(lineOf)];
}

const MIN_CELL = 8;

/** Takes from the widest flexible column what is too much, until nothing is. */
function shrink(widths: number[], columns: readonly Column[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
  while (total() > available) {
    const flexible = widths.map((width, at) => columns[at]!.isFlexible ? width : 0);
    const widest = flexible.indexOf(Math.max(...flexible));
    if (flexible[widest]! <= MIN_CELL) return;
    widths[widest]!--;
  }
}
