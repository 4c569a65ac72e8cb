/**
 * Writes plain values as YAML that people like to read and edit. Pure.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** Longer lists and mappings get a line for each of their parts. */
const MAX_LINE = 96;

/** Words and forms that YAML 1.1 or 1.2 reads as something else than text. */
const OTHER_THAN_TEXT = /^(?:true|false|null|yes|no|on|off|y|n|~|[-+.]?\d.*|\.inf|\.nan)$/i;
/** What needs no quotes, in a list as well. */
const PLAIN = /^[A-Za-z0-9_./~][A-Za-z0-9_./@+~-]*(?::[A-Za-z0-9_./@+~-]+)*$/;

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
  // JSON's strings are YAML's, but for two line separators and one control character.
  const quoted = () =>
    JSON.stringify(text).replace(
      /[\u007f-\u009f\u2028\u2029\ufeff]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return PLAIN.test(text) && !OTHER_THAN_TEXT.test(text) ? text : quoted();
}
