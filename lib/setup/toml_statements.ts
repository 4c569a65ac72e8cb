/**
 * Reads a TOML text into its statements and where each of them stands; what a value says is nobody's
 * business here. Pure.
 *
 * @see {@link https://toml.io/en/v1.0.0}
 * @module
 */
import { SettingsProblem } from "./settings_text.ts";

/** One statement: a table's header, or a key with its value. */
export interface Statement {
  isHeader: boolean;
  /** Where the statement puts things, the table that it stands in included. */
  path: string[];
  /** How many steps of the path its table takes. */
  tableDepth: number;
  start: number;
  /** Of a pair, its value; of a header, nothing. */
  value: { start: number; end: number };
  /** The end of its last line, line break included. */
  end: number;
}

const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const SPACES = /[ \t]*/y;
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const KEY_PART = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const STRING = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const PLAIN = /[^\s#"',[\]{}]+/y;

/**
 * Splits a text into statements.
 *
 * @throws {SettingsProblem} When it is not TOML, with the line.
 */
export function tomlStatements(text: string): Statement[] {
  return new Scanner(text).statements();
}

class Scanner {
  readonly #text: string;
  #at: number;
  #table: string[] = [];

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith("\ufeff") ? 1 : 0;
  }

  statements(): Statement[] {
    const found: Statement[] = [];
    this.#match(BLANK);
    while (this.#at < this.#text.length) {
      found.push(this.#text[this.#at] === "[" ? this.#header() : this.#pair());
      this.#match(BLANK);
    }
    return found;
  }

  #header(): Statement {
    const start = this.#at;
    const close = this.#match(/\[\[/y) === undefined ? "]" : "]]";
    if (close === "]") this.#at++;
    const path = this.#key();
    this.#expect(close);
    this.#table = path;
    const value = { start: this.#at, end: this.#at };
    return { isHeader: true, path, tableDepth: path.length, start, value, end: this.#lineEnd() };
  }

  #pair(): Statement {
    const start = this.#at;
    const path = [...this.#table, ...this.#key()];
    this.#expect("=");
    this.#match(SPACES);
    const value = { start: this.#at, end: this.#value() };
    return {
      isHeader: false,
      path,
      tableDepth: this.#table.length,
      start,
      value,
      end: this.#lineEnd(),
    };
  }

  /** `a."b c".d` */
  #key(): string[] {
    const parts: string[] = [];
    do {
      this.#match(SPACES);
      const part = this.#match(KEY_PART) ?? this.#fail("a key");
      parts.push(/^["']/.test(part) ? part.slice(1, -1) : part);
      this.#match(SPACES);
    } while (this.#match(/\./y) !== undefined);
    return parts;
  }

  /** Passes over a value, and gives its end. */
  #value(): number {
    const start = this.#at;
    let depth = 0;
    do {
      if (depth > 0) this.#match(BLANK);
      if (this.#match(STRING) !== undefined || this.#match(PLAIN) !== undefined) continue;
      const mark = this.#text[this.#at] ?? this.#fail("the end of a value");
      if (mark === "[" || mark === "{") depth++;
      else if ((mark === "]" || mark === "}") && depth > 0) depth--;
      else if (!((mark === "," || mark === "=") && depth > 0)) this.#fail("a value");
      this.#at++;
    } while (depth > 0 || this.#isInPlain());
    return this.#at === start ? this.#fail("a value") : this.#at;
  }

  /** A date may have a blank before its time. */
  #isInPlain(): boolean {
    const isTime = / \d\d:/y;
    isTime.lastIndex = this.#at;
    if (!isTime.test(this.#text)) return false;
    this.#at++;
    return true;
  }

  #lineEnd(): number {
    if (this.#match(/\r?$/y) === undefined) {
      this.#match(SPACES);
      this.#match(/\r/y);
    }
    if (this.#match(LINE_END) === undefined) this.#fail("the end of the line");
    return this.#at;
  }

  #expect(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) this.#fail(`"${word}"`);
    this.#at += word.length;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at = pattern.lastIndex;
    return found;
  }

  #fail(expected: string): never {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    throw new SettingsProblem(`line ${line}: expected ${expected}`);
  }
}
