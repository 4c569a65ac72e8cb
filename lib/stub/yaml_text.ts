/**
 * Writes JSON values as YAML for people: texts of several lines stand as they are, and everything
 * else as on one line of JSON where a plain word could be misread.
 *
 * Not `stringify` of `@std/yaml`: it tries each text against patterns that overflow the stack at
 * some megabytes, which is what a picture in a request has, and folds and quotes in more ways than a
 * file that is compared line by line should know.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";

/** Words that every reader of YAML takes for text, however old. */
const PLAIN = /^[A-Za-z/][\w./-]*(?: [\w./-]+)*$/;
/** And those that some take for a truth value or nothing. */
const NO_WORDS: ReadonlySet<string> = new Set(
  ["true", "false", "null", "yes", "no", "on", "off", "y", "n"],
);
const MAX_PLAIN = 200;
/** A key may not be longer, as YAML has it (1.2.2, section 7.4.2). */
export const MAX_KEY = 1000;

/** What cannot stand in a text as it is: control characters, odd line ends, half characters. */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const ODD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\p{Surrogate}]/u;
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

const INDENT = "  ";

/** Writes a value as one YAML document, which reads back as the same value. */
export function yamlText(value: JsonValue): string {
  // There is no key before it: neither a space nor a new line has to part them.
  return `${nested(value, "").slice(1)}\n`;
}

/** A value behind its key or dash: on the same line, or below it. */
function nested(value: JsonValue, indent: string): string {
  if (typeof value === "string") return ` ${stringText(value, indent)}`;
  if (Array.isArray(value)) return value.length === 0 ? " []" : listText(value, indent);
  if (!isObject(value)) return ` ${JSON.stringify(value)}`;
  const fields = fieldsOf(value);
  return fields.length === 0
    ? " {}"
    : fields.map(([key, child]) => `\n${fieldText(key, child, indent)}`).join("");
}

function fieldsOf(value: Record<string, JsonValue | undefined>): [string, JsonValue][] {
  return Object.entries(value)
    .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
}

function fieldText(key: string, value: JsonValue, indent: string): string {
  const isList = Array.isArray(value);
  const name = isPlain(key) ? key : quoted(key);
  return `${indent}${name}:${nested(value, indent + (isList ? "" : INDENT))}`;
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

function stringText(text: string, indent: string): string {
  if (isPlain(text)) return text;
  return text.includes("\n") && text.trim() !== "" && !ODD.test(text)
    ? block(text, indent)
    : quoted(text);
}

function isPlain(text: string): boolean {
  return text.length <= MAX_PLAIN && PLAIN.test(text) && !NO_WORDS.has(text.toLowerCase());
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A literal block; its header says how it is indented where its beginning would not show it. */
function block(text: string, indent: string): string {
  const isClear = !/^[\n ]/.test(text);
  const ending = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => line === "" ? "" : indent + line);
  return `|${isClear ? "" : INDENT.length}${ending}\n${lines.join("\n")}`;
}
