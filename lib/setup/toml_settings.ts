/**
 * Edits settings in TOML, and leaves every other byte as it is. Pure.
 *
 * A setting is a key at the top, or a table of its own: what Codex needs, and all that is offered.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import {
  lineEndOf,
  type Setting,
  type SettingPath,
  type SettingsFormat,
  SettingsProblem,
  type Span,
  spliced,
} from "./settings_text.ts";
import { type Statement, tomlStatements } from "./toml_statements.ts";

/** TOML. */
export const TOML_SETTINGS: SettingsFormat = {
  withSetting,
  withOriginal,
  at,
  isEmpty: (text) => text.trim() === "",
};

function withSetting(text: string, { path, value }: Setting): string {
  const found = find(text, path);
  if (found !== undefined) return spliced(text, found.span, found.write(value));
  return isObject(value) ? withTable(text, path, value) : withKey(text, path, value);
}

/** Where a setting stands, and how another value is written there. */
interface Found {
  span: Span;
  /** What makes up the whole of it, its key or header included. */
  whole: Span;
  write(value: JsonValue): string;
}

function find(text: string, path: SettingPath): Found | undefined {
  const statements = tomlStatements(text);
  const header = statements.findIndex((one) => one.isHeader && isSame(one.path, path));
  if (header !== -1) return foundTable(text, statements, header);
  const pair = statements.find((one) => !one.isHeader && isSame(one.path, path));
  if (pair !== undefined) {
    const { value: span, start, end } = pair;
    return { span, whole: { start, end }, write: (value) => inline(value) };
  }
  // `model_providers = { … }` or `model_providers.autoproxy.name = …`: no table can join those.
  const other = statements.find((one) => !one.isHeader && isRelated(one, path));
  if (other === undefined) return undefined;
  throw new SettingsProblem(
    `line ${lineOf(text, other.start)}: expected ${path.join(".")} as a table of its own`,
  );
}

function isSame(one: SettingPath, other: SettingPath): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

/** Whether a pair holds what should become a table, or is a part of it; a table below it is none. */
function isRelated({ path: pair, tableDepth }: Statement, path: SettingPath): boolean {
  return path.length > 1 && tableDepth < path.length &&
    path.every((key, index) => index >= pair.length || key === pair[index]);
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** A header and the pairs below it; comments behind the last one belong to what follows. */
function foundTable(text: string, statements: readonly Statement[], header: number): Found {
  const rest = statements.slice(header + 1);
  const length = rest.findIndex((one) => one.isHeader);
  const last = (length === -1 ? rest : rest.slice(0, length)).at(-1) ?? statements[header]!;
  const { path, start } = statements[header]!;
  const span = { start, end: last.end };
  const lineEnd = lineEndOf(text);
  return { span, whole: span, write: (value) => table(path, value, lineEnd) };
}

function withKey(text: string, path: SettingPath, value: JsonValue): string {
  // Keys of the file itself stand before every table; a line such as `#:schema` stays the first.
  const [head] = /^\ufeff?(?:#:[^\n]*\n)*/.exec(text)!;
  const rest = text.slice(head.length);
  const lineEnd = lineEndOf(text);
  const line = `${path.map(key).join(".")} = ${inline(value)}${lineEnd}`;
  return head + line + (rest.startsWith("[") ? lineEnd : "") + rest;
}

function withTable(text: string, path: SettingPath, value: JsonValue): string {
  const lineEnd = lineEndOf(text);
  const lead = text === "" ? "" : text.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
  return text + lead + table(path, value, lineEnd);
}

function table(path: SettingPath, value: JsonValue, lineEnd: string): string {
  const pairs = Object.entries(isObject(value) ? value : {})
    .map(([name, one]) => `${key(name)} = ${inline(one ?? "")}`);
  return [`[${path.map(key).join(".")}]`, ...pairs, ""].join(lineEnd);
}

function key(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

/** JSON's strings, numbers and lists are TOML's too, but for one control character. */
function inline(value: JsonValue): string {
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([name, one]) => `${key(name)} = ${inline(one ?? "")}`);
    return `{ ${pairs.join(", ")} }`;
  }
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

function at(text: string, path: SettingPath): string | undefined {
  const span = find(text, path)?.span;
  return span && text.slice(span.start, span.end);
}

function withOriginal(text: string, path: SettingPath, original: string): string {
  const found = find(text, path);
  if (found === undefined) return text;
  const old = find(original, path);
  if (old !== undefined) {
    return spliced(text, found.whole, original.slice(old.whole.start, old.whole.end));
  }
  const { start, end } = found.whole;
  // A table of ours came with an empty line before it.
  const [gap] = /(?:(?<=\n)\r?\n)?$/.exec(text.slice(0, start))!;
  const isTable = text[start] === "[";
  return spliced(text, { start: isTable ? start - gap.length : start, end }, "");
}
