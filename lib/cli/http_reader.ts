/**
 * Reads HTTP/1.1 requests from the bytes of a connection.
 *
 * Only for the stub, whose clients are the programs under test on this machine: it reads what
 * RFC 9112 asks for, within bounds, and refuses everything else.
 *
 * @module
 */

import { joinBytes } from "../base/exchange.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A request as it was sent. */
export interface RawRequest {
  method: string;
  /** The request target: a path with its query, or a whole URL. */
  target: string;
  headers: Headers;
  body: Bytes;
  /** Whether the connection is meant to serve another request. */
  isKept: boolean;
}

/** Bytes that are no request. */
export class MalformedRequest extends Error {
  override readonly name = "MalformedRequest";

  constructor(readonly status: 400 | 413 | 431, message: string) {
    super(message);
  }
}

/** Where bytes come from; `undefined` at the end. */
export type ReadBytes = () => Promise<Bytes | undefined>;

const MAX_HEAD_BYTES = 64 * 1024;
/** As much as the gateway itself takes, and a little: it is the one to refuse more. */
const MAX_BODY_BYTES = 51 * 1024 * 1024;

const decoder = new TextDecoder();
const NOTHING: Bytes = new Uint8Array(0);

/** Reads one connection's requests, one after the other. */
export class HttpReader {
  readonly #read: ReadBytes;
  /** Tells the client to go on, when it waits for that before it sends a body. */
  readonly #sayContinue: () => void;
  #waiting: Bytes = NOTHING;

  constructor(read: ReadBytes, sayContinue: () => void) {
    this.#read = read;
    this.#sayContinue = sayContinue;
  }

  /**
   * The next request; `undefined` when the client has left.
   *
   * @throws {MalformedRequest} When the bytes are no request.
   */
  async next(): Promise<RawRequest | undefined> {
    const head = await this.#head();
    if (head === undefined) return undefined;
    const { method, target, version, headers } = parsedHead(head);
    if (headers.get("expect")?.toLowerCase() === "100-continue") this.#sayContinue();
    const body = await this.#body(headers);
    const connection = headers.get("connection")?.toLowerCase() ?? "";
    const isKept = version === "1.1" ? connection !== "close" : connection === "keep-alive";
    return { method, target, headers, body, isKept };
  }

  /** Takes more bytes in; says whether there were any. */
  async #more(): Promise<boolean> {
    const bytes = await this.#read();
    if (bytes === undefined) return false;
    this.#waiting = this.#waiting.length === 0 ? bytes : joinBytes([this.#waiting, bytes]);
    return true;
  }

  #take(length: number): Bytes {
    const taken = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(length);
    return taken;
  }

  async #head(): Promise<string | undefined> {
    for (let from = 0;;) {
      const end = endOfHead(this.#waiting, from);
      if (end !== -1) return decoder.decode(this.#take(end)).replace(/^(?:\r\n)+/, "");
      if (this.#waiting.length > MAX_HEAD_BYTES) {
        throw new MalformedRequest(431, "The head is too long");
      }
      from = Math.max(0, this.#waiting.length - 3);
      if (!await this.#more()) return undefined;
    }
  }

  async #body(headers: Headers): Promise<Bytes> {
    const coding = headers.get("transfer-encoding");
    if (coding !== null) {
      if (coding.toLowerCase() !== "chunked" || headers.has("content-length")) {
        throw new MalformedRequest(400, "The length of the body is not clear");
      }
      return await this.#chunked();
    }
    const length = headers.get("content-length") ?? "0";
    if (!/^\d{1,15}$/.test(length)) throw new MalformedRequest(400, "The length is no number");
    return await this.#exactly(Number(length));
  }

  async #exactly(length: number): Promise<Bytes> {
    if (length > MAX_BODY_BYTES) throw new MalformedRequest(413, "The body is too long");
    const pieces: Bytes[] = [];
    for (let missing = length; missing > 0;) {
      if (this.#waiting.length === 0 && !await this.#more()) {
        throw new MalformedRequest(400, "The body broke off");
      }
      const piece = this.#take(missing);
      pieces.push(piece);
      missing -= piece.length;
    }
    return joinBytes(pieces);
  }

  async #chunked(): Promise<Bytes> {
    const pieces: Bytes[] = [];
    for (let length = 0;;) {
      const size = /^[0-9a-f]{1,8}(?=$|[;\s])/i.exec(await this.#line())?.[0];
      if (size === undefined) throw new MalformedRequest(400, "A chunk has no length");
      const count = parseInt(size, 16);
      if ((length += count) > MAX_BODY_BYTES) {
        throw new MalformedRequest(413, "The body is too long");
      }
      if (count === 0) break;
      pieces.push(await this.#exactly(count));
      // What is longer than its length would hide the next request.
      if (await this.#line() !== "") throw new MalformedRequest(400, "A chunk is too long");
    }
    while (await this.#line() !== "");
    return joinBytes(pieces);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#waiting.indexOf(LF);
      if (end !== -1) return decoder.decode(this.#take(end + 1)).trimEnd();
      if (this.#waiting.length > MAX_HEAD_BYTES) {
        throw new MalformedRequest(431, "A line is too long");
      }
      if (!await this.#more()) throw new MalformedRequest(400, "The body broke off");
    }
  }
}

const LF = 0x0a;
const CR = 0x0d;

/** The index behind the empty line that ends a head; -1 when it is not there yet. */
function endOfHead(bytes: Bytes, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const isEmptyLine = bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR;
    // Empty lines before a request are left over from the one before (RFC 9112, section 2.2).
    if (isEmptyLine && at > 3) return at + 1;
  }
  return -1;
}

function parsedHead(
  text: string,
): { method: string; target: string; version: string; headers: Headers } {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, version] = /^([A-Z]+) (\S+) HTTP\/(1\.[01])$/.exec(first) ?? [];
  if (method === undefined) throw new MalformedRequest(400, "The request line is none");
  const headers = new Headers();
  for (const line of lines.filter((one) => one !== "")) {
    const colon = line.indexOf(":");
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    } catch {
      throw new MalformedRequest(400, "A header is none");
    }
  }
  return { method, target: target!, version: version!, headers };
}
