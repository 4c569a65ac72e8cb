/**
 * Edits JSON as bytes: everything that is not changed stays exactly as it was written.
 *
 * @module
 */
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from "./json_signs.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A half-open range of bytes. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Whether JSON may have this byte between its parts. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** A byte order mark counts as space before a document: a decoder drops it without a word. */
function startOf(bytes: Uint8Array): number {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return skipSpace(bytes, isMarked ? 3 : 0);
}

function skipSpace(bytes: Uint8Array, at: number): number {
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Searching has a price: it pays only where no quote is near, as in a picture's base64. */
const NEAR_BYTES = 256;

/** The offset behind the string that opens at `at`. */
function skipString(bytes: Uint8Array, at: number): number {
  for (at++; at < bytes.length;) {
    for (const near = at + NEAR_BYTES; at < near; at++) {
      if (bytes[at] === QUOTE) return at + 1;
      if (bytes[at] === BACKSLASH) at++;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) break;
    at = quote + 1;
    if (!isEscaped(bytes, quote)) return at;
  }
  return bytes.length;
}

/** Whether the quote is escaped: it is when an odd number of backslashes stands before it. */
export function isEscaped(bytes: Uint8Array, quote: number): boolean {
  let slashes = 0;
  while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

/** The offset behind the value that begins at `at`. */
function skipValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return skipString(bytes, at);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return skipCollection(bytes, at);
  // A number, true, false or null ends where something else begins.
  while (at < bytes.length && !isSpace(bytes[at]) && !ENDS_LITERAL.has(bytes[at]!)) at++;
  return at;
}

const ENDS_LITERAL: ReadonlySet<number> = new Set([COMMA, CLOSE_OBJECT, CLOSE_ARRAY]);

/** The offset behind the object or array that opens at `at`. */
function skipCollection(bytes: Uint8Array, at: number): number {
  let depth = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return at;
  }
  return at;
}

/**
 * Finds the value of a key of the outermost object.
 *
 * @param bytes Valid JSON (checked before): an object.
 * @param key The key, as it reads, not as it is escaped.
 * @returns The last such value, as `JSON.parse` takes the last of repeated keys.
 */
export function findValue(bytes: Uint8Array, key: string): ByteRange | undefined {
  let found: ByteRange | undefined;
  let at = startOf(bytes);
  if (bytes[at] !== OPEN_OBJECT) return undefined;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const keyEnd = skipString(bytes, at);
    const isKey = readString(bytes.subarray(at, keyEnd)) === key;
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return found;
    const start = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, start);
    if (isKey) found = { start, end };
    at = skipSpace(bytes, end);
    if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1);
  }
  return found;
}

/**
 * Finds the elements of a list, one after the other.
 *
 * @param bytes Valid JSON (checked before).
 * @param range Where a value stands in it.
 * @returns `undefined` when the value is no list.
 */
export function elementsOf(bytes: Uint8Array, range: ByteRange): Iterable<ByteRange> | undefined {
  return bytes[range.start] === OPEN_ARRAY ? elements(bytes, range) : undefined;
}

function* elements(bytes: Uint8Array, range: ByteRange): Generator<ByteRange> {
  let start = skipSpace(bytes, range.start + 1);
  while (bytes[start] !== CLOSE_ARRAY && start < range.end) {
    const end = skipValue(bytes, start);
    yield { start, end };
    const comma = skipSpace(bytes, end);
    start = bytes[comma] === COMMA ? skipSpace(bytes, comma + 1) : comma;
  }
}

/**
 * Whether objects and lists lie in each other deeper than `limit`.
 *
 * @param bytes A text that is meant to be JSON; whatever else it is gives some answer.
 */
export function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) at = skipString(bytes, at) - 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
    else if ((byte === OPEN_OBJECT || byte === OPEN_ARRAY) && ++depth > limit) return true;
  }
  return false;
}

function readString(quoted: Uint8Array): string | undefined {
  const text = decoder.decode(quoted);
  return text.includes("\\") ? JSON.parse(text) : text.slice(1, -1);
}

/**
 * The pieces of `bytes` with the value of `key` replaced by a string.
 *
 * @param bytes Valid JSON: an object that has the key.
 */
export function withString(
  bytes: Uint8Array<ArrayBuffer>,
  key: string,
  value: string,
): Uint8Array<ArrayBuffer>[] {
  const range = findValue(bytes, key);
  return range ? replaced(bytes, range, value) : [bytes];
}

/** The pieces of `bytes` with the value in `range` replaced by a string. */
export function replaced(
  bytes: Uint8Array<ArrayBuffer>,
  { start, end }: ByteRange,
  value: string,
): Uint8Array<ArrayBuffer>[] {
  return [bytes.subarray(0, start), encoder.encode(JSON.stringify(value)), bytes.subarray(end)];
}

/**
 * The pieces of `bytes` with one more field at the end of the outermost object.
 *
 * @param bytes Valid JSON: an object.
 */
export function withField(
  bytes: Uint8Array<ArrayBuffer>,
  key: string,
  value: unknown,
): Uint8Array<ArrayBuffer>[] {
  const close = bytes.lastIndexOf(CLOSE_OBJECT);
  if (close === -1) return [bytes];
  const isEmpty = bytes[skipSpace(bytes, bytes.indexOf(OPEN_OBJECT) + 1)] === CLOSE_OBJECT;
  const field = `${isEmpty ? "" : ","}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  return [bytes.subarray(0, close), encoder.encode(field), bytes.subarray(close)];
}
