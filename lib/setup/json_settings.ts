/**
 * Edits settings in JSON, JSONC or JSON5, and leaves every other byte as it is.
 *
 * A new member goes in front of its neighbours, with a comma of its own: so taking it out again
 * leaves exactly what was there. Pure.
 *
 * @module
 */
import type { JsonValue } from "../base/json.ts";
import { Json5Error, type Member, type Node, parseJson5, skipTrivia } from "./json5.ts";
import {
  lineEndOf,
  type Setting,
  type SettingPath,
  type SettingsFormat,
  SettingsProblem,
  spliced,
} from "./settings_text.ts";

/** JSON and what grew out of it. */
export const JSON_SETTINGS: SettingsFormat = {
  withSetting,
  withOriginal,
  at,
  isEmpty: (text) => text.trim() === "" || /^\s*\{\s*\}\s*$/.test(text),
};

/** A text without a value is a file that nobody has written to yet. */
const EMPTY_FILE = "{}\n";

/** Whether there is no value in it. */
function isBlank(text: string): boolean {
  return skipTrivia(text, 0) === text.length;
}

function withSetting(text: string, { path, value }: Setting): string {
  const source = isBlank(text) ? text + EMPTY_FILE : text;
  const root = parsed(source);
  if (root.kind !== "object") throw new SettingsProblem("expected an object at the top");
  const { node, depth } = deepest(root, path);
  const rest = path.slice(depth);
  const wanted = rest.slice(node.kind === "object" ? 1 : 0);
  const nested = wanted.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  const layout = layoutOf(source, root);
  if (rest.length === 0 || node.kind !== "object") {
    return spliced(source, node, written(nested, layout, depth));
  }
  return withMember(source, node, { key: rest[0]!, value: nested, depth: depth + 1, layout });
}

function parsed(text: string): Node {
  try {
    return parseJson5(text);
  } catch (error) {
    if (error instanceof Json5Error) throw new SettingsProblem(error.message);
    throw error;
  }
}

/** The last node on the way to `path`, and how many steps lead to it. */
function deepest(root: Node, path: SettingPath): { node: Node; depth: number } {
  let node = root;
  for (const [depth, key] of path.entries()) {
    const next = memberOf(node, key)?.value;
    if (next === undefined) return { node, depth };
    node = next;
  }
  return { node, depth: path.length };
}

/** The member of that name; of several the last, which is the one that readers take. */
function memberOf(node: Node, key: string): Member | undefined {
  return node.members.findLast((member) => member.key === key);
}

/** How a text is laid out. */
interface Layout {
  lineEnd: string;
  indent: string;
}

function layoutOf(text: string, root: Node): Layout {
  const first = root.members[0];
  const line = first && /\n([ \t]+)$/.exec(text.slice(0, first.start));
  return { lineEnd: lineEndOf(text), indent: line?.[1] ?? "  " };
}

function written(value: JsonValue, { lineEnd, indent }: Layout, depth: number): string {
  const lines = JSON.stringify(value, null, indent).split("\n");
  return lines.join(lineEnd + indent.repeat(depth));
}

/** A member that is to be put in. */
interface NewMember {
  key: string;
  value: JsonValue;
  depth: number;
  layout: Layout;
}

function withMember(text: string, object: Node, { key, value, depth, layout }: NewMember): string {
  const line = layout.lineEnd + layout.indent.repeat(depth);
  const member = `${line}${JSON.stringify(key)}: ${written(value, layout, depth)}`;
  const inside = object.start + 1;
  const isBare = text.slice(inside, object.end - 1).trim() === "";
  if (object.members.length > 0) {
    return spliced(text, { start: inside, end: inside }, `${member},`);
  }
  // Blanks between the braces give way; a comment there stays, behind the new member.
  const close = layout.lineEnd + layout.indent.repeat(depth - 1);
  const end = isBare ? object.end - 1 : inside;
  return spliced(text, { start: inside, end }, member + (isBare ? close : ""));
}

function withOriginal(text: string, path: SettingPath, original: string): string {
  if (isBlank(text)) return text;
  const root = parsed(text);
  const before = isBlank(original) ? undefined : parsed(original);
  const { node, depth } = deepest(root, path);
  // Somebody has taken it out already, or made something else of what holds it.
  if (depth < path.length) return text;
  const old = before && deepest(before, path);
  if (old && old.depth === path.length) return spliced(text, node, slice(original, old.node));
  if (old && old.depth > 0 && old.node.kind !== "object") {
    // What holds ours was no object before: a plain value stood in its place.
    const holder = deepest(root, path.slice(0, old.depth)).node;
    if (holder.members.length <= 1) return spliced(text, holder, slice(original, old.node));
  }
  return withoutMember(text, root, { path, kept: old?.depth ?? 0 });
}

function at(text: string, path: SettingPath): string | undefined {
  if (isBlank(text)) return undefined;
  const { node, depth } = deepest(parsed(text), path);
  return depth === path.length ? slice(text, node) : undefined;
}

function slice(text: string, { start, end }: Node): string {
  return text.slice(start, end);
}

/** Takes a member out, and what held nothing but it, down to the first `kept` steps. */
function withoutMember(
  text: string,
  root: Node,
  { path, kept }: { path: SettingPath; kept: number },
): string {
  let length = path.length;
  const holderOf = (steps: number) => deepest(root, path.slice(0, steps)).node;
  while (length - 1 > kept && holderOf(length - 1).members.length === 1) length--;
  return cutOut(text, holderOf(length - 1), path[length - 1]!);
}

/** Cuts a member out, with the blanks before it and one of the commas around it. */
function cutOut(text: string, holder: Node, key: string): string {
  const at = holder.members.findLastIndex((member) => member.key === key);
  const { start: keyStart, value } = holder.members[at]!;
  const start = text.slice(0, keyStart).trimEnd().length;
  const after = skipTrivia(text, value.end);
  if (text[after] === ",") return spliced(text, { start, end: after + 1 }, "");
  const rest = spliced(text, { start, end: value.end }, "");
  const before = holder.members[at - 1];
  if (before !== undefined) {
    const comma = skipTrivia(text, before.value.end);
    return spliced(rest, { start: comma, end: comma + 1 }, "");
  }
  // It was the only one: what the braces hold now is nothing, unless there is a comment.
  const isAlone = text[start - 1] === "{" &&
    text.slice(value.end, holder.end - 1).trim() === "";
  return isAlone ? spliced(text, { start, end: holder.end - 1 }, "") : rest;
}
