/**
 * Tool-call ids that fit their reader.
 *
 * Every protocol and many an upstream has its own rule for these ids, and a conversation keeps the
 * ids of whoever answered earlier turns. So an id is fitted to each reader: kept when it fits, else
 * packed so that the original can be read back, else replaced by one derived from it. The same id
 * gives the same result always and everywhere: nothing has to be remembered between requests.
 *
 * @module
 */
import { packText, unpackText } from "./base64url.ts";

/** What Anthropic and most others accept. */
export const COMMON_TOOL_ID = "^[a-zA-Z0-9_-]{1,64}$";

const PACKED_MARK = "gwid_";
/** For readers that allow letters and digits only; what follows is hexadecimal. */
const PACKED_HEX_MARK = "gwidx";

const LETTERS_AND_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What derived ids may look like; the first that the reader accepts is taken. */
const ALPHABETS = [
  LETTERS_AND_DIGITS,
  "0123456789abcdefghijklmnopqrstuvwxyz",
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  "0123456789abcdef",
  "0123456789",
];
const LENGTHS = [24, 32, 16, 12, 9, 8, 6];
const PREFIXES = ["call_", "", "toolu_", "fc_", "call-", "chatcmpl-tool-", "functions.tool:"];

const compiled = new Map<string, RegExp>();
/** Patterns come from the configuration, so there are few; the bound is for a file that is edited often. */
const MAX_COMPILED = 64;

function compile(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const regex = new RegExp(pattern);
  compiled.set(pattern, regex);
  return regex;
}

/**
 * Makes a tool-call id that a reader accepts.
 *
 * @example An id that fits is kept, another one can be read back
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(fitToolCallId("toolu_1", COMMON_TOOL_ID), "toolu_1");
 * assertEquals(fitToolCallId("functions.ls:0", COMMON_TOOL_ID), "gwid_ZnVuY3Rpb25zLmxzOjA");
 * assertEquals(restoreToolCallId("gwid_ZnVuY3Rpb25zLmxzOjA"), "functions.ls:0");
 * ```
 * @param id Any id, also one that is empty.
 * @param pattern What the reader's ids must match, as the source of a sound regular expression.
 * @returns `id` itself if it fits; else a packed form that {@linkcode restoreToolCallId} reads, if
 *   that fits; else one derived from `id`. For a pattern that nothing here fits, a derived one.
 */
export function fitToolCallId(id: string, pattern: string): string {
  const regex = compile(pattern);
  if (regex.test(id)) return id;
  return packed(id, regex) ?? derived(id, regex);
}

/** The original of an id that {@linkcode fitToolCallId} packed; any other id as it is. */
export function restoreToolCallId(id: string): string {
  if (id.startsWith(PACKED_MARK)) return unpackText(id.slice(PACKED_MARK.length)) || id;
  if (id.startsWith(PACKED_HEX_MARK)) return unpackHex(id.slice(PACKED_HEX_MARK.length)) || id;
  return id;
}

function packed(id: string, regex: RegExp): string | undefined {
  const text = packText(id);
  // An empty id would pack into the bare mark, which says nothing.
  if (text === undefined || text === "") return undefined;
  const short = PACKED_MARK + text;
  if (regex.test(short)) return short;
  const alphanumeric = PACKED_HEX_MARK + new TextEncoder().encode(id).toHex();
  return regex.test(alphanumeric) ? alphanumeric : undefined;
}

function unpackHex(hex: string): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.fromHex(hex));
    // Upper-case digits would read as well, but were not written here.
    return new TextEncoder().encode(text).toHex() === hex ? text : undefined;
  } catch {
    // Not hexadecimal, or not UTF-8: then it was not packed here.
    return undefined;
  }
}

function derived(id: string, regex: RegExp): string {
  for (const alphabet of ALPHABETS) {
    for (const length of LENGTHS) {
      const digits = hashDigits(id, { alphabet, length });
      const prefix = PREFIXES.find((one) => regex.test(one + digits));
      if (prefix !== undefined) return prefix + digits;
    }
  }
  return "call_" + hashDigits(id, { alphabet: LETTERS_AND_DIGITS, length: 24 });
}

/** `length` digits that depend on all of `text`: spread well, not secret. */
function hashDigits(text: string, shape: { alphabet: string; length: number }): string {
  const base = shape.alphabet.length;
  // Digits are taken from 32 random-looking bits while at least half of them are left over, so
  // that every digit is about equally likely.
  const perLane = Math.floor(16 / Math.log2(base));
  let digits = "";
  for (let lane = 1; digits.length < shape.length; lane++) {
    let bits = hash32(text, lane);
    for (let i = 0; i < perLane && digits.length < shape.length; i++) {
      digits += shape.alphabet[bits % base];
      bits = Math.floor(bits / base);
    }
  }
  return digits;
}

/** A 32-bit hash of the UTF-16 units of `text`; each `lane` is a hash of its own. */
function hash32(text: string, lane: number): number {
  let hash = Math.imul(lane, 0x9e3779b1) ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x85ebca6b + 2 * lane);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Fits the ids of one conversation, in the order of its turns.
 *
 * An upstream wants each call's id once. Some models number their calls anew in every turn, and two
 * derived ids might meet; then a later call gets an id of its own, and the results that follow it too.
 */
export class ToolCallIds {
  readonly #pattern: string;
  readonly #taken = new Set<string>();
  /** Per original id: what the latest call with it was given, and how many variants were tried. */
  readonly #latest = new Map<string, { fitted: string; variants: number }>();

  /** @param pattern What the reader's ids must match, as a regular expression's source. */
  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** The id under which a call with this id is sent. */
  call(id: string): string {
    let variants = this.#latest.get(id)?.variants ?? 0;
    let fitted = variants === 0 ? fitToolCallId(id, this.#pattern) : this.#variant(id, variants);
    variants += 1;
    while (this.#taken.has(fitted)) {
      fitted = this.#variant(id, variants);
      variants += 1;
    }
    this.#taken.add(fitted);
    this.#latest.set(id, { fitted, variants });
    return fitted;
  }

  /** The id under which a result for the latest call with this id is sent. */
  result(id: string): string {
    return this.#latest.get(id)?.fitted ?? fitToolCallId(id, this.#pattern);
  }

  #variant(id: string, number: number): string {
    return fitToolCallId(`${id}_${number + 1}`, this.#pattern);
  }
}
