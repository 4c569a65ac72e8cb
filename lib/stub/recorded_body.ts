/**
 * Bodies as a cassette holds them: readable where they are text, and byte for byte the same when
 * they are read back.
 *
 * @module
 */
import { joinBytes } from "../base/exchange.ts";
import { isObject, type JsonValue, parseJson } from "../base/json.ts";
import { type Cleaning, cleanPieces, cleanText } from "./cassette_cleaning.ts";
import { MAX_KEY } from "../base/yaml_text.ts";

/** One piece of a stream, and when it came: milliseconds after the request. */
export type RecordedChunk = { atMs: number } & ({ text: string } | { base64: string });

/** A body; the first form that fits is used. */
export type RecordedBody =
  /** Written by `JSON.stringify`, it is the body. */
  | { json: JsonValue }
  | { text: string }
  /** Bytes that are no text. */
  | { base64: string }
  | { stream: RecordedChunk[] };

/** A piece as it came. */
export interface TimedPiece {
  atMs: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** How a body is put down. */
export interface BodyForm {
  cleaning: Cleaning;
  /** Whether a JSON body may lose its spaces: what it says is enough. */
  isLoose?: boolean;
}

/** Deeper JSON stays text: readers of YAML refuse it. */
const MAX_DEPTH = 50;

const encoder = new TextEncoder();

/** Puts a body down. */
export function recordBody(bytes: Uint8Array<ArrayBuffer>, form: BodyForm): RecordedBody {
  const text = textOf(bytes);
  if (text === undefined) return { base64: cleanBinary([bytes], form.cleaning)[0]! };
  const clean = cleanText(text, form.cleaning);
  const json = parseJson(clean);
  const isKept = json !== undefined && (form.isLoose || JSON.stringify(json) === clean);
  return isKept && isShallow(json, MAX_DEPTH) ? { json } : { text: clean };
}

/** Puts a stream down, piece by piece. */
export function recordStream(
  pieces: readonly TimedPiece[],
  { cleaning }: BodyForm,
): { stream: RecordedChunk[] } {
  const texts = textsOf(pieces.map(({ bytes }) => bytes));
  const key = texts ? "text" : "base64";
  const clean = texts
    ? cleanPieces(texts, cleaning)
    : cleanBinary(pieces.map(({ bytes }) => bytes), cleaning);
  const chunks = pieces.map(({ atMs }, index) => ({ atMs, [key]: clean[index]! }) as RecordedChunk);
  return { stream: chunks.filter((_, index) => clean[index] !== "") };
}

/** The bytes of a body. */
export function bodyBytes(body: RecordedBody): Uint8Array<ArrayBuffer> {
  if ("json" in body) return encoder.encode(JSON.stringify(body.json));
  if ("stream" in body) return joinBytes(body.stream.map(chunkBytes));
  return chunkBytes(body);
}

/** The bytes of one piece. */
export function chunkBytes(
  chunk: { text: string } | { base64: string },
): Uint8Array<ArrayBuffer> {
  return "text" in chunk ? encoder.encode(chunk.text) : Uint8Array.fromBase64(chunk.base64);
}

/** Whether a reader of YAML takes it back: not too deep, and without very long keys. */
function isShallow(value: JsonValue, depth: number): boolean {
  if (!Array.isArray(value) && !isObject(value)) return true;
  return depth > 0 &&
    Object.entries(value).every(([key, one]) =>
      key.length <= MAX_KEY && (one === undefined || isShallow(one, depth - 1))
    );
}

function textOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  return textsOf([bytes])?.[0];
}

/**
 * The pieces as text; a character that was torn goes to the later piece. `undefined` for bytes that
 * are no UTF-8.
 */
function textsOf(pieces: readonly Uint8Array<ArrayBuffer>[]): string[] | undefined {
  // A byte order mark is a part of the body.
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    const texts = pieces.map((piece) => decoder.decode(piece, { stream: true }));
    decoder.decode();
    // No text has such characters; in a file for people each would be an escape.
    return texts.some((text) => text.includes("\0")) ? undefined : texts;
  } catch {
    // Not text, which is an answer here.
    return undefined;
  }
}

/** Bytes may hold a secret, too: they are cleaned as the characters of their numbers. */
function cleanBinary(
  pieces: readonly Uint8Array<ArrayBuffer>[],
  cleaning: Cleaning,
): string[] {
  const texts = pieces.map(charactersOf);
  return cleanPieces(texts, cleaning).map((text, index) =>
    text === texts[index] ? pieces[index]!.toBase64() : bytesOf(text).toBase64()
  );
}

function bytesOf(characters: string): Uint8Array {
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

/** As many numbers become characters at once as a call takes arguments. */
const BATCH = 8192;

function charactersOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += BATCH) {
    text += String.fromCharCode(...bytes.subarray(at, at + BATCH));
  }
  return text;
}
