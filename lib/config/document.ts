/**
 * The text of a configuration as a value, and the way back from a place in that value to the line
 * and column where it stands.
 *
 * @module
 */
import { parse } from "@std/yaml";
import { getScalarValue, parseEvents } from "js-yaml";
import type { Path } from "./problem.ts";
import { plainSyntax } from "./syntax_words.ts";

/** A place in a text; both from 1. */
export interface Position {
  line: number;
  column: number;
}

/** What reading a text gave: its value, or the first syntax error. */
export type ParsedDocument =
  | { value: unknown }
  | { problem: { message: string; position: Position } };

/**
 * Reads YAML text.
 *
 * A byte order mark is dropped: editors on Windows leave one, and it would become part of a key.
 */
export function parseDocument(source: string): ParsedDocument {
  const text = withoutByteOrderMark(source);
  try {
    return { value: parse(text) };
  } catch (error) {
    return { problem: syntaxProblem(error as Error, text) };
  }
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * Only the reason is kept of a syntax error, and nothing that it quotes: the message shows the
 * source around it, which may hold a key.
 */
function syntaxProblem(error: Error, text: string): { message: string; position: Position } {
  const { reason, mark } = error as { reason?: string; mark?: { line: number; column: number } };
  // `@std/yaml` puts the place into the message instead.
  const [, line, column] = /line (\d+), column (\d+)/.exec(error.message) ?? [];
  return {
    message: plainSyntax(reason?.replace(/ *(".*"|!?<.*>)|: .*/s, "") ?? "not YAML"),
    position: mark
      ? { line: mark.line + 1, column: mark.column + 1 }
      : line === undefined
      ? secondDocument(text)
      : { line: Number(line), column: Number(column) },
  };
}

/** The only problem without a place: that there is more than one document. */
function secondDocument(text: string): Position {
  let documents = 0;
  for (const event of parseEvents(text, {})) {
    if (event.type === DOCUMENT) documents++;
    else if (documents === 2 && "valueStart" in event) {
      // An empty one stands nowhere; the line that begins it does.
      const start = event.valueStart < 0 ? text.lastIndexOf("\n---") + 1 : event.valueStart;
      return positionIn(lineStarts(text), start);
    } else if (documents === 2 && "start" in event) {
      return positionIn(lineStarts(text), event.start);
    }
  }
  return { line: 1, column: 1 };
}

// The numbers of js-yaml's events; the enum itself is not exported as values that TypeScript knows.
const DOCUMENT = 1;
const SEQUENCE = 2;
const MAPPING = 3;
const SCALAR = 4;
const ALIAS = 5;
const POP = 6;

type Offsets = Map<string, { key: number; value: number }>;

/** One open collection while the events are walked. */
interface Frame {
  path: Path;
  isMapping: boolean;
  /** In a mapping: the key whose value comes next. In a sequence: how many elements came. */
  next: { key: string; offset: number } | number | undefined;
}

/** Gives the position of the key (`atKey`) or value at a path. */
export type Locate = (path: Path, atKey?: boolean) => Position;

/**
 * Finds lines and columns of places in YAML text, which is read once.
 *
 * @returns For a place that the text lacks: the nearest above it that it has.
 */
export function locator(source: string): Locate {
  const text = withoutByteOrderMark(source);
  const offsets = offsetsOf(text);
  const lines = lineStarts(text);
  return (path, atKey = false) => {
    for (let length = path.length; length > 0; length--) {
      const found = offsets.get(pathKey(path.slice(0, length)));
      if (!found) continue;
      // A value that is left out stands nowhere; its key does, an element has none.
      const isAtKey = atKey || length < path.length || found.value < 0;
      const offset = isAtKey ? found.key : found.value;
      if (offset >= 0) return positionIn(lines, offset);
    }
    return { line: 1, column: 1 };
  };
}

/** Finds one place, as {@linkcode locator} does. */
export function locate(source: string, path: Path, atKey = false): Position {
  return locator(source)(path, atKey);
}

function pathKey(path: Path): string {
  return JSON.stringify(path);
}

function lineStarts(text: string): number[] {
  return [0, ...text.matchAll(/\n/g).map(({ index }) => index + 1)];
}

/** @param lines The offsets at which lines begin. */
function positionIn(lines: readonly number[], offset: number): Position {
  const line = lines.findLastIndex((start) => start <= offset);
  return { line: line + 1, column: offset - lines[line]! + 1 };
}

/** Where each place of the document begins: at its key, and at its value. */
function offsetsOf(text: string): Offsets {
  const offsets: Offsets = new Map();
  const frames: Frame[] = [];
  for (const event of parseEvents(text, {})) {
    if (event.type === POP) {
      frames.pop();
    } else if (event.type === SCALAR) {
      const { valueStart } = event;
      const value = getScalarValue(text, event);
      if (!takeKey(frames.at(-1), value, valueStart)) place(frames.at(-1), offsets, valueStart);
    } else if (event.type === ALIAS) {
      place(frames.at(-1), offsets, event.anchorStart);
    } else if (event.type === MAPPING || event.type === SEQUENCE) {
      const path = place(frames.at(-1), offsets, event.start) ?? [];
      const isMapping = event.type === MAPPING;
      frames.push({ path, isMapping, next: isMapping ? undefined : 0 });
    } else {
      // A document opens: it is popped like a collection, so it needs a frame of its own.
      frames.push({ path: [], isMapping: false, next: undefined });
    }
  }
  return offsets;
}

/** Takes a scalar as the key of the open mapping, when one is due there. */
function takeKey(frame: Frame | undefined, key: string, offset: number): boolean {
  if (!frame?.isMapping || frame.next !== undefined) return false;
  frame.next = { key, offset };
  return true;
}

/** Notes where the value that is due in the open collection begins. */
function place(frame: Frame | undefined, offsets: Offsets, offset: number): Path | undefined {
  if (frame === undefined || frame.next === undefined) return undefined;
  if (typeof frame.next === "number") {
    const path = [...frame.path, frame.next++];
    offsets.set(pathKey(path), { key: offset, value: offset });
    return path;
  }
  const { key, offset: keyOffset } = frame.next;
  frame.next = undefined;
  const path = [...frame.path, key];
  offsets.set(pathKey(path), { key: keyOffset, value: offset });
  return path;
}
