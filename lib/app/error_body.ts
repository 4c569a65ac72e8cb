/**
 * An upstream's error on an endpoint whose answers are passed on unread: read after all, as such
 * messages like to repeat the key that they refuse.
 *
 * @module
 */
import { type ByteSource, readError, sourceOf } from "../base/exchange.ts";
import type { Redact } from "../base/redaction.ts";

/** The body without secrets; without one in it, the bytes as they came. */
export async function errorBody(source: ByteSource, redact: Redact): Promise<ByteSource> {
  const bytes = await readError(source);
  const text = new TextDecoder().decode(bytes);
  const clean = redact(text);
  return sourceOf([clean === text ? bytes : new TextEncoder().encode(clean)]);
}
