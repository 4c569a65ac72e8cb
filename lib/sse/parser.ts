/**
 * Reads a server-sent event stream: bytes in any cuts, messages out.
 *
 * Works on bytes and decodes `data` and `event` lines only, so that watching a stream that is
 * relayed as it is costs little. Also tells a relay where it may put something between two messages.
 *
 * Pure. Memory is bounded by {@linkcode SseParserOptions.maxLineBytes}.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream}
 * @module
 */

/** One dispatched message. */
export interface SseMessage {
  /** The `event` field; empty when the stream gave none. */
  event: string;
  /** The `data` lines, joined with line feeds. */
  data: string;
}

/** A line or a message that is longer than the parser is willing to hold. */
export class SseLimitError extends Error {
  override readonly name = "SseLimitError";
}

/** Settings of an {@linkcode SseParser}. */
export interface SseParserOptions {
  /**
   * The longest line, and the most data of one message, in bytes.
   *
   * @default 4194304
   */
  maxLineBytes?: number;
}

const DEFAULT_MAX_LINE_BYTES = 4 * 1024 * 1024;
/** A buffer that grew beyond this for one long line is given back after it. */
const KEPT_BUFFER_BYTES = 64 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const DATA = new TextEncoder().encode("data");
const EVENT = new TextEncoder().encode("event");
const NO_BYTES = new Uint8Array(0);
const NO_MESSAGES: SseMessage[] = [];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

// A mark inside the stream is text; only the one at its very start is taken away, below.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads one stream. */
export class SseParser {
  readonly #maxLineBytes: number;
  /** The line that the chunks so far have not ended, in a buffer that only grows. */
  #held: Uint8Array = NO_BYTES;
  #heldBytes = 0;
  /** The last chunk ended in CR: an LF that follows belongs to the same line end. */
  #endedInCarriageReturn = false;
  /** Nothing of the first line was read yet: it may begin with a byte order mark. */
  #isFirstLine = true;
  /** The message being read; `#data` is `undefined` until its first data line. */
  #data: string | undefined;
  #dataBytes = 0;
  #event = "";
  #isAfterBlankLine = true;
  #boundary = 0;
  /** What came since the last boundary: a relay holds it until the next one. */
  #bytesSinceBoundary = 0;
  /** The messages that the chunk being read has completed; let go of when it is read. */
  #messages: SseMessage[] = NO_MESSAGES;
  /** Set once a limit was passed: what would follow has no meaning. */
  #failure: SseLimitError | undefined;

  constructor(options: SseParserOptions = {}) {
    this.#maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
  }

  /** Whether the bytes so far end between two messages: at the start, or just after a blank line. */
  get isAtBoundary(): boolean {
    return this.#isAfterBlankLine && this.#heldBytes === 0;
  }

  /** How many bytes of the last chunk lie before its last boundary; 0 when it has none. */
  get consumedBoundary(): number {
    return this.#boundary;
  }

  /**
   * Reads more of the stream.
   *
   * @param bytes The next bytes, cut anywhere. They are not kept: the buffer may be used again.
   * @returns The messages that these bytes completed.
   * @throws {SseLimitError} When a line or message is too long; then also on every later call.
   */
  push(bytes: Uint8Array): SseMessage[] {
    if (this.#failure !== undefined) throw this.#failure;
    const messages: SseMessage[] = [];
    this.#messages = messages;
    let start = this.#skipLineFeed(bytes);
    let lineFeed = bytes.indexOf(LF, start);
    let carriageReturn = bytes.indexOf(CR, start);
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const isReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed);
      const end = isReturn ? carriageReturn : lineFeed;
      this.#lineEnd(bytes, start, end);
      start = end + 1;
      if (isReturn && start === bytes.length) this.#endedInCarriageReturn = true;
      if (isReturn && lineFeed === start) start += 1;
      if (this.#isAfterBlankLine) this.#boundary = start;
      // Each search goes on from where the last one ended, so the whole is linear.
      if (lineFeed !== -1 && lineFeed < start) lineFeed = bytes.indexOf(LF, start);
      if (carriageReturn !== -1 && carriageReturn < start) {
        carriageReturn = bytes.indexOf(CR, start);
      }
    }
    if (start < bytes.length) this.#hold(bytes.subarray(start));
    this.#countSinceBoundary(bytes.length);
    this.#messages = NO_MESSAGES;
    return messages;
  }

  /**
   * Says that the stream is over.
   *
   * The standard drops a message without its closing blank line. It is kept here, because several
   * servers close right after their last line; whether it is whole, its reader must find out.
   *
   * @returns The last message, if there was one under way.
   * @throws {SseLimitError} When `push` threw it before.
   */
  end(): SseMessage[] {
    if (this.#failure !== undefined) throw this.#failure;
    const messages: SseMessage[] = [];
    this.#messages = messages;
    this.#boundary = 0;
    if (this.#heldBytes > 0) this.#lineEnd(NO_BYTES, 0, 0);
    this.#dispatch();
    return messages;
  }

  /** Comments, too, must come to a boundary, or what waits for one would grow without end. */
  #countSinceBoundary(length: number): void {
    const before = this.#boundary === 0 ? this.#bytesSinceBoundary : 0;
    this.#bytesSinceBoundary = before + length - this.#boundary;
    if (this.#bytesSinceBoundary > 2 * this.#maxLineBytes) this.#fail("message");
  }

  /** Skips the second half of a CRLF that two chunks shared. */
  #skipLineFeed(bytes: Uint8Array): number {
    this.#boundary = 0;
    if (!this.#endedInCarriageReturn || bytes.length === 0) return 0;
    this.#endedInCarriageReturn = false;
    if (bytes[0] !== LF) return 0;
    if (this.#isAfterBlankLine) this.#boundary = 1;
    return 1;
  }

  /** Ends a line in `bytes`, which began there or in what is held. */
  #lineEnd(bytes: Uint8Array, start: number, end: number): void {
    if (this.#heldBytes === 0) {
      if (end - start > this.#maxLineBytes) this.#fail("line");
      return this.#line(bytes, start, end);
    }
    this.#hold(bytes.subarray(start, end));
    const held = this.#held;
    const length = this.#heldBytes;
    this.#heldBytes = 0;
    if (held.length > KEPT_BUFFER_BYTES) this.#held = NO_BYTES;
    this.#line(held, 0, length);
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    let from = start;
    if (this.#isFirstLine) {
      this.#isFirstLine = false;
      if (BYTE_ORDER_MARK.every((byte, i) => bytes[start + i] === byte)) from += 3;
    }
    this.#isAfterBlankLine = from >= end;
    if (this.#isAfterBlankLine) return this.#dispatch();
    const value = valueStart(DATA, bytes, from, end);
    if (value !== -1) return this.#dataLine(bytes, value, end);
    const event = valueStart(EVENT, bytes, from, end);
    if (event !== -1) this.#event = decoder.decode(bytes.subarray(event, end));
  }

  #dataLine(bytes: Uint8Array, start: number, end: number): void {
    // The line's end counts, so that a flood of empty data lines is bounded, too.
    this.#dataBytes += end - start + 1;
    if (this.#dataBytes > this.#maxLineBytes + 1) this.#fail("message");
    const text = decoder.decode(bytes.subarray(start, end));
    this.#data = this.#data === undefined ? text : `${this.#data}\n${text}`;
  }

  #dispatch(): void {
    if (this.#data !== undefined) this.#messages.push({ event: this.#event, data: this.#data });
    this.#data = undefined;
    this.#dataBytes = 0;
    this.#event = "";
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#heldBytes + bytes.length;
    if (length > this.#maxLineBytes) this.#fail("line");
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = length;
  }

  #fail(what: string): never {
    this.#held = NO_BYTES;
    this.#data = undefined;
    this.#failure = new SseLimitError(
      `Cannot read the event stream: a ${what} is longer than ${this.#maxLineBytes} bytes`,
    );
    throw this.#failure;
  }
}

/** Where the value of the line's field begins, if the field is `name`; else -1. */
function valueStart(name: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  const colon = start + name.length;
  if (colon > end) return -1;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return -1;
  if (colon === end) return end;
  if (bytes[colon] !== COLON) return -1;
  return colon + 1 < end && bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
}
