/**
 * Makes texts of two runs equal where they differ by chance alone: ids, dates, ports, folders.
 *
 * An id becomes a number in the order of first appearance, so that what belongs together still
 * shows.
 *
 * @module
 */

/** What is replaced, and by what. A name with `#` gets a number per value. */
const REPLACEMENTS: readonly (readonly [pattern: string, name: string])[] = [
  ["[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "uuid#"],
  [String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?`, "time"],
  [String.raw`\b\d{4}-\d\d-\d\d\b`, "date"],
  [
    String.raw`\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? (?:\d{1,2} )?` +
    String.raw`(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ \d:,]*\d{4}`,
    "date",
  ],
  [String.raw`(?:127\.0\.0\.1|localhost|\[::1\]):\d{2,5}`, "stub"],
  [String.raw`(?:/private)?(?:/tmp|/var/folders)/[\w./+-]*[\w+-]`, "folder#"],
  // Within JSON, so that each backslash stands there twice.
  [
    String.raw`[A-Za-z]:(?:\\{2,}[\w.~ -]+)*?\\{2,}Temp(?:\\{2,}[\w.+~-]+)+`,
    "folder#",
  ],
  [
    String.raw`\b(?:call|toolu|msg|resp|rs|fc|item|req|chatcmpl|ctc|aitxt|user|session)[_-]` +
    String.raw`[\w-]{6,}`,
    "id#",
  ],
  ["[0-9a-f]{16,}", "hex#"],
  [String.raw`\b1[5-9]\d{8}(?:\d{3})?(?:\.\d+)?\b`, "epoch"],
];

/** The text, with what differs by chance replaced. */
export function repeatableText(text: string): string {
  const pattern = new RegExp(REPLACEMENTS.map(([source]) => `(${source})`).join("|"), "g");
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  return text.replace(pattern, (value, ...groups) => {
    const index = REPLACEMENTS.findIndex((_, at) => groups[at] !== undefined);
    const name = REPLACEMENTS[index]![1];
    if (!name.endsWith("#")) return `<${name}>`;
    const kind = name.slice(0, -1);
    const number = numbers.get(value) ?? (counts.get(kind) ?? 0) + 1;
    if (!numbers.has(value)) counts.set(kind, number);
    numbers.set(value, number);
    return `<${kind}-${number}>`;
  });
}
