/**
 * The text of a configuration as a tree of places: what stands from where to where, so that it can
 * be edited and every other byte stays.
 *
 * @module
 */
import { getScalarValue, parseEvents } from "js-yaml";

/** Part of a text, by its offsets. */
export interface Span {
  start: number;
  end: number;
}

/** One node. `end` is behind its last sign, brackets and quotes included. */
export type DocumentNode =
  | (Span & { kind: "scalar"; isQuoted: boolean })
  | (Span & { kind: "alias" })
  /** A value that is left out stands nowhere. */
  | (Span & { kind: "nothing" })
  | (Span & { kind: "list"; isFlow: boolean; items: DocumentNode[] })
  | (Span & { kind: "mapping"; isFlow: boolean; members: DocumentMember[] });

/** A key and its value. */
export interface DocumentMember {
  name: string;
  key: DocumentNode;
  value: DocumentNode;
}

// The numbers of js-yaml's events and styles; its enums are not exported as values.
const SEQUENCE = 2;
const MAPPING = 3;
const SCALAR = 4;
const ALIAS = 5;
const POP = 6;
const FLOW = 2;
const SINGLE_QUOTED = 2;
const DOUBLE_QUOTED = 3;

type Collection = DocumentNode & { kind: "list" | "mapping" };

/** A collection that is open while events are walked; a document is none. */
interface Frame {
  node: Collection | undefined;
  /** In a mapping: the key whose value comes next. */
  key?: { name: string; node: DocumentNode } | undefined;
}

/**
 * The root of a text's only document; `undefined` when it is empty.
 *
 * @throws {Error} For a text that is not YAML.
 */
export function documentTree(text: string): DocumentNode | undefined {
  const frames: Frame[] = [];
  let root: DocumentNode | undefined;
  const place = (node: DocumentNode, name = "") => {
    const frame = frames.at(-1);
    if (frame?.node === undefined) root ??= node;
    else if (frame.node.kind === "list") frame.node.items.push(node);
    else if (frame.key === undefined) frame.key = { name, node };
    else {
      frame.node.members.push({ name: frame.key.name, key: frame.key.node, value: node });
      frame.key = undefined;
    }
  };
  for (const event of parseEvents(text, {})) {
    if (event.type === SCALAR) {
      place(scalarOf(event), getScalarValue(text, event));
    } else if (event.type === ALIAS) {
      place({ kind: "alias", start: event.anchorStart - 1, end: event.anchorEnd });
    } else if (event.type === SEQUENCE || event.type === MAPPING) {
      const span = { start: event.start, end: event.start, isFlow: event.style === FLOW };
      const node: Collection = event.type === SEQUENCE
        ? { kind: "list", ...span, items: [] }
        : { kind: "mapping", ...span, members: [] };
      place(node);
      frames.push({ node });
    } else if (event.type === POP) {
      const node = frames.pop()?.node;
      if (node) node.end = endOf(node, text);
    } else {
      frames.push({ node: undefined });
    }
  }
  return root;
}

function scalarOf(
  { valueStart, valueEnd, style }: { valueStart: number; valueEnd: number; style: number },
): DocumentNode {
  if (valueStart < 0) return { kind: "nothing", start: -1, end: -1 };
  const isQuoted = style === SINGLE_QUOTED || style === DOUBLE_QUOTED;
  const quote = isQuoted ? 1 : 0;
  return { kind: "scalar", isQuoted, start: valueStart - quote, end: valueEnd + quote };
}

function endOf(node: Collection, text: string): number {
  const children = node.kind === "list"
    ? node.items
    : node.members.flatMap(({ key, value }) => [key, value]);
  const last = Math.max(node.start, ...children.map(({ end }) => end));
  if (!node.isFlow) return last;
  const inside = Math.max(last, node.start + 1);
  return inside + (REST_OF_FLOW.exec(text.slice(inside))?.[0].length ?? 0);
}

/** Behind the last child: blanks, comments, a comma, the colon of a value left out; the bracket. */
const REST_OF_FLOW = /^(?:[\s,:]|(?<=\s)#[^\n]*)*[\]}]/;
