/**
 * Reads JSON, JSONC and JSON5 into a tree that remembers where everything stands.
 *
 * Settings of other programs are edited in place, so comments and spelling must stay; and OpenClaw's
 * are JSON5, which the usual editing packages do not read. Pure.
 *
 * @see {@link https://spec.json5.org/}
 * @module
 */
import type { JsonObject, JsonValue } from "../base/json.ts";

/** One value of a text. */
export interface Node {
  kind: "object" | "array" | "scalar";
  /** Where it begins, and where it is over. */
  start: number;
  end: number;
  /** What a scalar says; `undefined` for the others. */
  scalar?: JsonValue;
  /** The members of an object, in order. */
  members: Member[];
  /** The elements of an array, in order. */
  elements: Node[];
}

/** One member of an object. */
export interface Member {
  key: string;
  /** Where its key begins. */
  start: number;
  value: Node;
}

/** A text that is not JSON5. */
export class Json5Error extends Error {
  override readonly name = "Json5Error";

  constructor(readonly expected: string, readonly line: number, readonly column: number) {
    super(`line ${line}, column ${column}: expected ${expected}`);
  }
}

/** Deeper texts are nobody's settings, and would exhaust the stack. */
const MAX_DEPTH = 200;

/**
 * Reads a text.
 *
 * @throws {Json5Error} When it is none, with the place.
 */
export function parseJson5(text: string): Node {
  return new Parser(text).whole();
}

/** What a text says, when nobody cares where. */
export function readJson5(text: string): JsonValue {
  return valueOf(parseJson5(text));
}

/** What a node says. */
export function valueOf(node: Node): JsonValue {
  if (node.kind === "array") return node.elements.map(valueOf);
  if (node.kind === "scalar") return node.scalar ?? null;
  // No prototype to hit: a key may be `__proto__`.
  const object: JsonObject = Object.create(null);
  for (const { key, value } of node.members) object[key] = valueOf(value);
  return object;
}

/** The end of the blanks and comments that begin at `at`. */
export function skipTrivia(text: string, at: number): number {
  TRIVIA.lastIndex = at;
  TRIVIA.exec(text);
  return TRIVIA.lastIndex;
}

const TRIVIA = /(?:[\s\ufeff]|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y;
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F]+|Infinity|NaN|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
/** More than JSON5 calls a name: what follows decides, and letters of every script cost start-up. */
const NAME = /[^\s"'`{}[\]:,/\\]+/y;
const STRING = /"(?:[^"\\\n\r]|\\(?:\r\n|[\s\S]))*"|'(?:[^'\\\n\r]|\\(?:\r\n|[\s\S]))*'/y;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))/g;

const ESCAPED: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  0: "\0",
  "\n": "",
  "\r": "",
  "\r\n": "",
  "\u2028": "",
  "\u2029": "",
};

const WORDS: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };

/** Reads one text, from the left to the right. */
class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    this.#skip();
    const node = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("the end of the text");
    return node;
  }

  #value(): Node {
    const start = this.#at;
    const next = this.#text[start];
    if (next === "{") return this.#object();
    if (next === "[") return this.#array();
    return {
      kind: "scalar",
      start,
      scalar: this.#scalar(),
      end: this.#at,
      members: [],
      elements: [],
    };
  }

  #object(): Node {
    const start = this.#at;
    const members: Member[] = [];
    this.#items("}", () => {
      const keyStart = this.#at;
      const key = this.#key();
      this.#skip();
      if (this.#text[this.#at] !== ":") this.#fail('":"');
      this.#at++;
      this.#skip();
      members.push({ key, start: keyStart, value: this.#value() });
    });
    return { kind: "object", start, end: this.#at, members, elements: [] };
  }

  #array(): Node {
    const start = this.#at;
    const elements: Node[] = [];
    this.#items("]", () => elements.push(this.#value()));
    return { kind: "array", start, end: this.#at, members: [], elements };
  }

  /** Items between commas, the last of which may be followed by one. */
  #items(close: string, item: () => void): void {
    if (++this.#depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels`);
    this.#at++;
    this.#skip();
    while (this.#text[this.#at] !== close) {
      item();
      this.#skip();
      if (this.#text[this.#at] === ",") {
        this.#at++;
        this.#skip();
      } else if (this.#text[this.#at] !== close) {
        this.#fail(`"," or "${close}"`);
      }
    }
    this.#at++;
    this.#depth--;
  }

  #key(): string {
    const quoted = this.#match(STRING);
    if (quoted !== undefined) return unescaped(quoted);
    return this.#match(NAME) ?? this.#fail("a key");
  }

  #scalar(): JsonValue {
    const quoted = this.#match(STRING);
    if (quoted !== undefined) return unescaped(quoted);
    const number = this.#match(NUMBER);
    if (number !== undefined) return numberOf(number);
    const start = this.#at;
    const word = this.#match(NAME);
    if (word !== undefined && Object.hasOwn(WORDS, word)) return WORDS[word]!;
    this.#at = start;
    return this.#fail("a value");
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #skip(): void {
    this.#at = skipTrivia(this.#text, this.#at);
  }

  /** Names the place and what should stand there; what stands there may be a secret. */
  #fail(expected: string): never {
    const before = this.#text.slice(0, this.#at).split("\n");
    throw new Json5Error(expected, before.length, before.at(-1)!.length + 1);
  }
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replace(ESCAPE, (_all, unicode, latin, other) => {
    const code = unicode ?? latin;
    return code === undefined ? ESCAPED[other] ?? other : String.fromCharCode(parseInt(code, 16));
  });
}

function numberOf(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  return sign * Number(text.replace(/^[+-]/, ""));
}
