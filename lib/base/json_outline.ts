/**
 * Looks over a JSON object as bytes, without reading what it says: where its members stand.
 *
 * To read a long history takes several times as long as to look it over, and where client and
 * upstream speak the same protocol nobody needs what it says. What stands outside of strings is held
 * to the whole grammar, and a string ends where every reader ends it, so no reader of the same bytes
 * finds other members. Only an escape that does not exist, within a string, is left to a reader.
 *
 * @module
 */
import { type ByteRange, isEscaped, isSpace } from "./json_bytes.ts";
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

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const SPACE = 0x20;
const LOWER_E = 0x65;
const UPPER_E = 0x45;
const LOWER_U = 0x75;

/** What can be seen of an object. */
export interface Outline {
  /** Where the value of each member stands; of repeated ones the last, as `JSON.parse` takes it. */
  members: ReadonlyMap<string, ByteRange>;
  /** Whether a string in it begins with the mark that was looked for; in doubt it does. */
  isMarked: boolean;
}

/** What is looked for. */
export interface OutlineOptions {
  /** How deep objects and lists may lie in each other. */
  maxDepth: number;
  /** The beginning of a string that somebody has to know of: ASCII. */
  mark: string;
}

/** As each level is a call; what is deeper is left to a reader. */
const MAX_DEPTH = 256;

// Else a key that begins with a byte order mark would read like one without.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const NAMES = ["true", "false", "null"].map((name) => encoder.encode(name));

/**
 * Looks over a JSON object.
 *
 * @returns `undefined` for everything that only a reader can judge: what is no object, or broken,
 *   or not UTF-8, or too deep, or has a member whose name is written with escapes.
 */
export function outlineOf(bytes: Uint8Array, options: OutlineOptions): Outline | undefined {
  if (bytes.byteOffset % 4 !== 0) return undefined;
  const survey = new Survey(bytes, options);
  try {
    survey.run();
    return survey;
  } catch (error) {
    if (error === UNCLEAR) return undefined;
    throw error;
  }
}

/** Thrown where a reader has to decide. It has no trace to pay for. */
const UNCLEAR = Symbol("unclear");

class Survey implements Outline {
  readonly members = new Map<string, ByteRange>();
  isMarked = false;
  readonly #bytes: Uint8Array;
  /** The same bytes, four at a time, but for up to three at their end. */
  readonly #words: Int32Array;
  readonly #maxDepth: number;
  readonly #mark: Uint8Array;
  #at = 0;
  /** The high bits of all words that strings touch, so far down that they are a small integer. */
  #seen = 0;

  constructor(bytes: Uint8Array, { maxDepth, mark }: OutlineOptions) {
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    this.#maxDepth = Math.min(maxDepth, MAX_DEPTH);
    this.#mark = encoder.encode(mark);
  }

  run(): void {
    this.#space();
    this.#object(1);
    this.#space();
    if (this.#at !== this.#bytes.length) throw UNCLEAR;
    if (!this.#isAscii() && !isSurelyUtf8(this.#bytes)) throw UNCLEAR;
  }

  /** Whether all of it is; what stands outside of strings is, or there would be no outline. */
  #isAscii(): boolean {
    const rest = this.#bytes.subarray(this.#words.length * 4);
    return this.#seen === 0 && rest.every((byte) => byte < 0x80);
  }

  #value(depth: number): void {
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) this.#string();
    else if (byte === OPEN_OBJECT) this.#object(depth + 1);
    else if (byte === OPEN_ARRAY) this.#array(depth + 1);
    else if (byte === MINUS || isDigit(byte)) this.#number();
    else this.#name();
  }

  #object(depth: number): void {
    this.#open(OPEN_OBJECT, depth);
    if (this.#skips(CLOSE_OBJECT)) return;
    do {
      this.#space();
      const keyStart = this.#at;
      this.#string();
      const keyEnd = this.#at;
      this.#space();
      this.#must(COLON);
      this.#space();
      const start = this.#at;
      this.#value(depth);
      if (depth === 1) this.#note(keyStart, keyEnd, { start, end: this.#at });
      this.#space();
    } while (this.#skips(COMMA));
    this.#must(CLOSE_OBJECT);
  }

  #array(depth: number): void {
    this.#open(OPEN_ARRAY, depth);
    if (this.#skips(CLOSE_ARRAY)) return;
    do {
      this.#space();
      this.#value(depth);
      this.#space();
    } while (this.#skips(COMMA));
    this.#must(CLOSE_ARRAY);
  }

  #open(byte: number, depth: number): void {
    if (depth > this.#maxDepth) throw UNCLEAR;
    this.#must(byte);
    this.#space();
  }

  #note(keyStart: number, keyEnd: number, value: ByteRange): void {
    const key = this.#bytes.subarray(keyStart + 1, keyEnd - 1);
    if (key.includes(BACKSLASH)) throw UNCLEAR;
    this.members.set(decoder.decode(key), value);
  }

  #string(): void {
    this.#must(QUOTE);
    const bytes = this.#bytes;
    const start = this.#at;
    const end = this.#endFrom(start);
    if (isCutEscape(bytes, start, end)) throw UNCLEAR;
    this.isMarked ||= mayBegin(bytes, start, this.#mark);
    this.#at = end + 1;
  }

  /** The offset of the quote that ends the string in which `at` stands. */
  #endFrom(at: number): number {
    const bytes = this.#bytes;
    const words = this.#words;
    let seen = 0;
    for (;; at++) {
      let index = at >> 2;
      if (index < words.length) {
        let word = words[index]!;
        seen |= word;
        let marks = suspects(word) & (HIGH_BITS << ((at & 3) << 3));
        while (marks === 0 && ++index < words.length) {
          word = words[index]!;
          seen |= word;
          marks = suspects(word);
        }
        at = (index << 2) + (marks === 0 ? 0 : lowestMark(marks));
      }
      if (endsString(bytes, at)) break;
    }
    this.#seen |= (seen & HIGH_BITS) >>> 7;
    return at;
  }

  #number(): void {
    this.#skips(MINUS);
    if (!this.#skips(ZERO)) this.#digits();
    if (this.#skips(DOT)) this.#digits();
    if (this.#skips(LOWER_E) || this.#skips(UPPER_E)) {
      if (!this.#skips(MINUS)) this.#skips(PLUS);
      this.#digits();
    }
  }

  #digits(): void {
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    if (this.#at === start) throw UNCLEAR;
  }

  /** `true`, `false` or `null`. */
  #name(): void {
    const name = NAMES.find(([first]) => first === this.#bytes[this.#at]);
    if (!name) throw UNCLEAR;
    for (const byte of name) this.#must(byte);
  }

  #space(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
  }

  #skips(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #must(byte: number): void {
    if (!this.#skips(byte)) throw UNCLEAR;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

const HIGH_BITS = 0x80808080;

/**
 * Marks the bytes of a word that are a quote or a control character, by their high bit. Swapped with
 * 0x20, a quote stands just behind the control characters, so one subtraction finds both. The first
 * mark is right; one behind it can be wrong.
 */
function suspects(word: number): number {
  const swapped = word ^ 0x02020202;
  return (swapped - 0x21212121) & ~swapped & HIGH_BITS;
}

/** Which byte of a word is the first one that is marked: on all processors of this runtime its lowest. */
function lowestMark(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3;
}

/** Whether nothing had to be replaced; U+FFFD itself is rare enough to be left to a reader. */
function isSurelyUtf8(bytes: Uint8Array): boolean {
  return !decoder.decode(bytes).includes("\uFFFD");
}

/** Whether a string ends at `at`; it must not hold control characters, nor break off. */
function endsString(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  if (byte === undefined || byte < SPACE) throw UNCLEAR;
  return byte === QUOTE && (bytes[at - 1] !== BACKSLASH || !isEscaped(bytes, at));
}

/** Whether the quote at `end` could be taken for one of the four digits that follow a `\u`. */
function isCutEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = Math.max(start + 1, end - 4); at < end; at++) {
    if (bytes[at] === LOWER_U && bytes[at - 1] === BACKSLASH) return true;
  }
  return false;
}

/** Whether a string begins with `mark`; an escape stands for any character. */
function mayBegin(bytes: Uint8Array, start: number, mark: Uint8Array): boolean {
  for (let at = 0; at < mark.length; at++) {
    const byte = bytes[start + at];
    if (byte === BACKSLASH) return true;
    if (byte !== mark[at]) return false;
  }
  return true;
}
