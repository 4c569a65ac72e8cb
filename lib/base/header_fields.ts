/**
 * Header fields as plain values.
 *
 * Where the runtime's `Headers` are neither received nor asked for, they cost more than all else
 * that is done with them: each field that is read in turn makes several objects.
 *
 * @module
 */

/** What can be read of header fields; the runtime's `Headers` are some, too. Names in lower case. */
export interface ReadableHeaders extends Iterable<[name: string, value: string]> {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** Header fields by their names, in the order in which they were set. */
export class HeaderFields implements ReadableHeaders {
  readonly #values = new Map<string, string>();

  get(name: string): string | null {
    return this.#values.get(name) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** `name` is in lower case; space around the value is no part of it. */
  set(name: string, value: string): void {
    this.#values.set(name, value.trim());
  }

  [Symbol.iterator](): MapIterator<[name: string, value: string]> {
    return this.#values.entries();
  }
}

/** What HTTP allows as a name, and as a value (RFC 9110, sections 5.1 and 5.5). */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n\u0100-\uffff]/;

/**
 * Reads names and values as a parser of HTTP lists them, in turn. Repeated fields become one; what
 * HTTP does not allow is left out, as nobody downstream could use it.
 */
export function headerFieldsOf(raw: readonly string[]): HeaderFields {
  const fields = new HeaderFields();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = raw[index + 1]!.trim();
    if (!NAME.test(raw[index]!) || FORBIDDEN_IN_VALUE.test(value)) continue;
    const name = raw[index]!.toLowerCase();
    const before = fields.get(name);
    fields.set(name, before === null ? value : `${before}, ${value}`);
  }
  return fields;
}
