/**
 * Sets keys of one route in the text of a `routes.yml`, and leaves every other byte as it is. Pure.
 *
 * What comes out is read again and compared with what went in: a text that cannot be edited so is
 * said to be one, and never half edited.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { parseDocument } from "../config/document.ts";
import { type DocumentNode, documentTree } from "../config/document_tree.ts";
import { lineEndOf, SettingsProblem, spliced } from "./settings_text.ts";
import { yamlLines } from "../base/yaml_text.ts";

/** What one route is to say. */
export interface RouteChange {
  /** Its place in the file, from 0. */
  index: number;
  settings: JsonObject;
}

/**
 * The text in which routes say what they are told to.
 *
 * @throws {SettingsProblem} When a route is written in a way that has no place for it.
 */
export function withRouteSettings(text: string, changes: readonly RouteChange[]): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  let edited = text.slice(mark.length);
  for (const { index, settings } of changes) {
    for (const [key, value] of Object.entries(settings)) {
      if (value !== undefined) edited = withSetting(edited, { index, key, value });
    }
  }
  mustSay(edited, expected(text.slice(mark.length), changes));
  return mark + edited;
}

/** One key of one route. */
interface OneSetting {
  index: number;
  key: string;
  value: JsonValue;
}

type Mapping = DocumentNode & { kind: "mapping" };

function withSetting(text: string, { index, key, value }: OneSetting): string {
  const route = routeAt(text, index);
  const member = route.members.find(({ name }) => name === key);
  if (member) return replaced(text, member.value, { key, value });
  return route.isFlow
    ? withFlowMember(text, route, { key, value })
    : withBlockMember(text, route, { key, value });
}

function routeAt(text: string, index: number): Mapping {
  const root = documentTree(text);
  const list = root?.kind === "mapping"
    ? root.members.find(({ name }) => name === "routes")?.value
    : root;
  const route = list?.kind === "list" ? list.items[index] : undefined;
  if (route?.kind !== "mapping" || route.members.length === 0) {
    throw new SettingsProblem("the route is not written out where it stands");
  }
  return route;
}

type KeyAndValue = Omit<OneSetting, "index">;

/** A list that only grows keeps what stands in it, with its comments. */
function replaced(text: string, node: DocumentNode, { key, value }: KeyAndValue): string {
  if (node.kind === "list" && node.items.length > 0 && Array.isArray(value)) {
    const present = plain(valueOf(dedented(text, node))) as JsonValue[];
    const added = value.filter((one) => !present.includes(one));
    if (present.length + added.length === value.length) return withItems(text, node, added);
  }
  const isOneLine = node.kind === "scalar" || (node.kind === "list" && node.isFlow);
  if (!isOneLine) throw new SettingsProblem(`${key} has a value that cannot be replaced`);
  return spliced(text, node, flowText(value, isJson(text)));
}

function withItems(
  text: string,
  list: DocumentNode & { kind: "list" },
  added: readonly JsonValue[],
): string {
  const { end } = list.items.at(-1)!;
  const items = added.map((one) => flowText(one, isJson(text)));
  if (list.isFlow) return inserted(text, end, items.map((item) => `, ${item}`).join(""));
  const margin = " ".repeat(columnOf(text, list.start));
  return withLines(text, end, items.map((item) => `${margin}- ${item}`));
}

/** The list as a text of its own. */
function dedented(text: string, { start, end }: DocumentNode): string {
  return " ".repeat(columnOf(text, start)) + text.slice(start, end);
}

function withFlowMember(text: string, route: Mapping, { key, value }: KeyAndValue): string {
  const last = route.members.at(-1)!;
  const end = Math.max(last.key.end, last.value.end);
  if (last.value.kind === "nothing") throw new SettingsProblem("its last key has no value");
  const isQuoted = isJson(text);
  const member = `${isQuoted ? JSON.stringify(key) : key}: ${flowText(value, isQuoted)}`;
  const before = lineBefore(text, last.key.start);
  // On a line of its own where the others have theirs.
  const gap = /^\s*$/.test(before) ? lineEndOf(text) + before : " ";
  return inserted(text, end, `,${gap}${member}`);
}

function withBlockMember(text: string, route: Mapping, { key, value }: KeyAndValue): string {
  const margin = " ".repeat(columnOf(text, route.start));
  const line = `${margin}${key}: ${flowText(value, false)}`;
  const { value: last, key: lastKey } = route.members.at(-1)!;
  return withLines(text, Math.max(last.end, lastKey.end), [line]);
}

/** Lines behind the one in which something ends. */
function withLines(text: string, end: number, lines: readonly string[]): string {
  const lineEnd = lineEndOf(text);
  // A text in lines of its own ends behind its last line break already.
  if (text[end - 1] === "\n") {
    return inserted(text, end, lines.map((line) => line + lineEnd).join(""));
  }
  const rest = /^[^\r\n]*/.exec(text.slice(end))![0].length;
  return inserted(text, end + rest, lines.map((line) => lineEnd + line).join(""));
}

function lineBefore(text: string, offset: number): string {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
}

function columnOf(text: string, offset: number): number {
  return lineBefore(text, offset).length;
}

/** Whether the file is JSON, which its owner's other tools may want to read. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // YAML, then.
    return false;
  }
}

/** A value on one line. */
function flowText(value: JsonValue, isJsonText: boolean): string {
  if (isJsonText) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => flowText(one, false)).join(", ")}]`;
  return yamlLines("k", value, 0)[0]!.slice("k: ".length);
}

function inserted(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}

/** What the text is to say afterwards. */
function expected(text: string, changes: readonly RouteChange[]): unknown {
  const document = plain(valueOf(text));
  const routes = isObject(document) ? document.routes : document;
  for (const { index, settings } of changes) {
    const route = Array.isArray(routes) ? routes[index] : undefined;
    if (isObject(route)) Object.assign(route, settings);
  }
  return document;
}

/** A copy in which nothing stands in two places: what an alias repeats is another thing then. */
function plain(value: unknown): JsonValue {
  try {
    return JSON.parse(JSON.stringify(value ?? null));
  } catch {
    throw new SettingsProblem("the file holds itself by an alias");
  }
}

function mustSay(text: string, wanted: unknown): void {
  if (sorted(plain(valueOf(text))) === sorted(plain(wanted))) return;
  throw new SettingsProblem("an edit would change more than this route");
}

function valueOf(text: string): unknown {
  const parsed = parseDocument(text);
  if ("value" in parsed) return parsed.value;
  throw new SettingsProblem(`it cannot be read: ${parsed.problem.message}`);
}

/** The value as a text that does not depend on the order of keys. */
function sorted(value: JsonValue): string {
  return JSON.stringify(
    value,
    (_, one) =>
      isObject(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => a < b ? -1 : 1))
        : one,
  );
}
