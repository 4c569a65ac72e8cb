/**
 * Tells when JSON that comes in pieces is complete, without parsing it again and again.
 *
 * @module
 */

/** Text is looked at in pieces of this size at least, or when somebody asks. */
const MAX_UNREAD = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Follows one JSON object or array. Reads each character once, and none before it is asked. */
export class JsonCompleteness {
  /** Pushed, not yet looked at: in most streams nobody ever asks. */
  #unread = "";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isComplete = false;

  /** Takes the next piece. */
  push(text: string): void {
    this.#unread += text;
    if (this.#unread.length > MAX_UNREAD) this.#read();
  }

  /** Whether the object or array that began has ended. */
  get isComplete(): boolean {
    this.#read();
    return this.#isComplete;
  }

  #read(): void {
    const text = this.#unread;
    this.#unread = "";
    for (let i = 0; i < text.length; i++) this.#step(text.charCodeAt(i));
  }

  #step(unit: number): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
    } else if (this.#isInString) {
      if (unit === BACKSLASH) this.#isEscaped = true;
      else if (unit === QUOTE) this.#isInString = false;
    } else if (unit === QUOTE) {
      this.#isInString = true;
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      this.#depth += 1;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#isComplete = true;
    }
  }
}
