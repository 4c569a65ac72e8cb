/**
 * Writes JSON that came from an upstream, however deep it is.
 *
 * @module
 */

/** `value` as JSON; `undefined` when it is nested deeper than can be written. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    // The stack ran out: no reader would take that either, and an answer must not fail for it.
    return undefined;
  }
}
