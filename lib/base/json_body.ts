/**
 * The body of a request that is a JSON object: read as far as somebody asks.
 *
 * A small one has been read when it gets here. Of a large one only its outline is known: most are
 * sent on as they came, and to read one costs more than everything else that is done for it.
 *
 * @module
 */
import { GatewayError } from "./error.ts";
import { elementsOf, replaced, withString } from "./json_bytes.ts";
import { isObject, type JsonObject, type JsonValue, parseJson, typeName } from "./json.ts";
import type { Outline } from "./json_outline.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });
/** What a decoder writes for bytes that are no character. */
const REPLACEMENT = "\uFFFD";

/** To give smaller ones back gains nothing. */
const MIN_LENT_BYTES = 32 * 1024;

/** A body, as it came and as what it says. */
export class JsonBody {
  /** The body as it came. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #outline: Outline | undefined;
  #value: JsonObject | undefined;
  /** How many still need the bytes, beside their owner. */
  #holders = 0;
  #isLetGo = false;

  /** @param known What is known of the bytes: all that they say, or only its outline. */
  constructor(bytes: Uint8Array<ArrayBuffer>, known: { value: JsonObject } | { outline: Outline }) {
    this.bytes = bytes;
    if ("value" in known) this.#value = known.value;
    else this.#outline = known.outline;
  }

  /** A body that says `value`. */
  static of(value: JsonObject): JsonBody {
    return new JsonBody(encoder.encode(JSON.stringify(value)), { value });
  }

  /**
   * All that it says.
   *
   * @throws {GatewayError} As {@linkcode jsonObject} does.
   */
  get value(): JsonObject {
    this.#value ??= jsonObject(this.bytes);
    return this.#value;
  }

  /** Whether it has been read, so that nothing more is to be had for less. */
  get isRead(): boolean {
    return this.#value !== undefined;
  }

  /** Whether one of its strings may begin with the mark that its outline was made with. */
  get mayBeMarked(): boolean {
    return this.#outline?.isMarked ?? true;
  }

  /**
   * Some of its fields, and maybe others.
   *
   * @throws {GatewayError} When one of them cannot be read.
   */
  fields(...names: string[]): JsonObject {
    if (this.#value) return this.#value;
    const fields: JsonObject = {};
    for (const name of names) {
      const range = this.#outline!.members.get(name);
      if (range) fields[name] = this.#read(range);
    }
    return fields;
  }

  /**
   * The elements of a list, each read when its turn comes; `undefined` when the field is no list.
   *
   * @throws {GatewayError} When one of them cannot be read.
   */
  list(name: string): Iterable<JsonValue> | undefined {
    if (this.#value) {
      const list = this.#value[name];
      return Array.isArray(list) ? list : undefined;
    }
    const range = this.#outline!.members.get(name);
    const ranges = range && elementsOf(this.bytes, range);
    return ranges && Iterator.from(ranges).map((one) => this.#read(one));
  }

  /** The pieces of it with the value of a field that it has replaced by a string. */
  with(name: string, value: string): Uint8Array<ArrayBuffer>[] {
    const range = this.#outline?.members.get(name);
    return range ? replaced(this.bytes, range, value) : withString(this.bytes, name, value);
  }

  /** Whether its memory is given back by hand; of a small one the collector takes care. */
  get isLent(): boolean {
    const { buffer, length } = this.bytes;
    return length >= MIN_LENT_BYTES && length === buffer.byteLength;
  }

  /** Keeps the bytes until the returned function is called, though their owner lets go of them. */
  hold(): () => void {
    this.#holders++;
    let isHeld = true;
    return () => {
      if (isHeld) this.#holders--;
      isHeld = false;
      this.#free();
    };
  }

  /** To be called by its owner when nobody will ask for it any more. */
  letGo(): void {
    this.#isLetGo = true;
    this.#free();
  }

  /**
   * A collector comes late to large buffers, and many of them make it search all that there is: for
   * requests of 2 MB that cost as much as everything else.
   */
  #free(): void {
    if (this.#isLetGo && this.#holders === 0 && this.isLent) this.bytes.buffer.transfer(0);
  }

  #read({ start, end }: { start: number; end: number }): JsonValue {
    const value = parseJson(decoder.decode(this.bytes.subarray(start, end)));
    if (value === undefined) throw noObject(value);
    return value;
  }
}

/**
 * A body as a JSON object.
 *
 * @throws {GatewayError} `invalid_request` when it is something else.
 */
export function jsonObject(bytes: Uint8Array): JsonObject {
  const body = parseJson(textOf(bytes));
  if (isObject(body)) return body;
  throw noObject(body);
}

function noObject(body: JsonValue | undefined): GatewayError {
  const problem = body === undefined ? "it is not JSON" : `it is ${typeName(body)}`;
  return new GatewayError("invalid_request", `The request body must be a JSON object: ${problem}`);
}

function textOf(bytes: Uint8Array): string {
  // The strict decoder takes ten times as long, and there is nothing for it to find where nothing
  // was replaced.
  const text = decoder.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new GatewayError("invalid_request", "The request body is not UTF-8", { cause });
  }
}
