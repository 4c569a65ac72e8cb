/**
 * Writes JSON values as YAML that people like to read and edit: lists and mappings on one line where
 * they fit, or, for a whole document, a line for each field, with texts of several lines as they are.
 *
 * Not `stringify` of `@std/yaml`: it tries each text against patterns that overflow the stack at
 * some megabytes, which is what a picture in a request has, and folds and quotes in more ways than a
 * file that is compared line by line should know.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** Longer lists and mappings get a line for each of their parts. */
const MAX_LINE = 96;
/** A key may not be longer, as YAML has it (1.2.2, section 7.4.2). */
export const MAX_KEY = 1000;

/** What needs no quotes, in a list as well. */
const PLAIN = /^[A-Za-z_./~][\w./@+~-]*(?:[: ][\w./@+~-]+)*$/;
/** And of that, what some reader of YAML 1.1 or 1.2 takes for something else than text. */
const OTHER_THAN_TEXT = /^(?:true|false|null|yes|no|on|off|y|n|~|\.(?:inf|nan|\.\.|[\d_].*))$/i;
const MAX_PLAIN = 200;

/** What cannot stand in a block of text: control characters, odd line ends, half characters. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\p{Surrogate}]/u;
/** JSON's strings are YAML's, but for two line separators and some control characters. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

const INDENT = "  ";

/** The lines of `key: value`, indented by `depth` blanks. */
export function yamlLines(key: string, value: JsonValue, depth: number): string[] {
  const blanks = " ".repeat(depth);
  const line = `${blanks}${scalar(key)}: ${flow(value)}`;
  if (line.length <= MAX_LINE || typeof value !== "object" || value === null) return [line];
  const inner = Array.isArray(value)
    ? value.map((one) => `${blanks}  - ${flow(one)}`)
    : entriesOf(value).flatMap(([name, one]) => yamlLines(name, one, depth + 2));
  return [`${blanks}${scalar(key)}:`, ...inner];
}

/** The entries that are set. */
export function entriesOf(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).filter((entry): entry is [string, JsonValue] =>
    entry[1] !== undefined
  );
}

/** A value on one line. */
function flow(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isObject(value)) {
    const pairs = entriesOf(value).map(([name, one]) => `${scalar(name)}: ${flow(one)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return typeof value === "string" ? scalar(value) : JSON.stringify(value);
}

/** Text, in quotes only where it would be read as something else. */
function scalar(text: string): string {
  const isPlain = text.length <= MAX_PLAIN && PLAIN.test(text) && !OTHER_THAN_TEXT.test(text);
  return isPlain ? text : JSON.stringify(text).replace(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Writes a value as one YAML document, which reads back as the same value. */
export function yamlText(value: JsonValue): string {
  // There is no key before it: neither a space nor a new line has to part them.
  return `${nested(value, "").slice(1)}\n`;
}

/** A value behind its key or dash: on the same line, or below it. */
function nested(value: JsonValue, indent: string): string {
  if (typeof value === "string") return ` ${isBlock(value) ? block(value, indent) : scalar(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? " []" : listText(value, indent);
  if (!isObject(value)) return ` ${JSON.stringify(value)}`;
  const entries = entriesOf(value);
  return entries.length === 0
    ? " {}"
    : entries.map(([key, child]) => `\n${fieldText(key, child, indent)}`).join("");
}

function fieldText(key: string, value: JsonValue, indent: string): string {
  const isList = Array.isArray(value);
  return `${indent}${scalar(key)}:${nested(value, indent + (isList ? "" : INDENT))}`;
}

/** A list's dashes stand one step below its key; the first field of an object on the dash's line. */
function listText(list: JsonValue[], indent: string): string {
  const below = indent + INDENT;
  return list.map((value) => {
    const text = nested(value, below + INDENT);
    const isBelow = text.startsWith(`\n${below}${INDENT}`);
    return `\n${below}-${isBelow ? ` ${text.slice(1 + below.length + INDENT.length)}` : text}`;
  }).join("");
}

function isBlock(text: string): boolean {
  return text.includes("\n") && text.trim() !== "" && !ODD.test(text);
}

/** A literal block; its header says how it is indented where its beginning would not show it. */
function block(text: string, indent: string): string {
  const isClear = !/^[\n ]/.test(text);
  const ending = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => line === "" ? "" : indent + line);
  return `|${isClear ? "" : INDENT.length}${ending}\n${lines.join("\n")}`;
}
