/**
 * An upstream's error on an endpoint whose answers are passed on unread: read after all, as such
 * messages like to repeat the key that they refuse.
 *
 * @module
 */
import { type ByteSource, joinBytes, sourceOf, UpstreamFailure } from "../base/exchange.ts";
import type { Redact } from "../base/redaction.ts";

/** An error is a message; what is longer than this is cut. */
const MAX_ERROR_BYTES = 256 * 1024;

/** The body without secrets; without one in it, the bytes as they came. */
export async function errorBody(source: ByteSource, redact: Redact): Promise<ByteSource> {
  const bytes = await readUpTo(source, MAX_ERROR_BYTES);
  const text = new TextDecoder().decode(bytes);
  const clean = redact(text);
  return sourceOf([clean === text ? bytes : new TextEncoder().encode(clean)]);
}

async function readUpTo(source: ByteSource, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for (let piece = await source.read(); piece; piece = await source.read()) {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) break;
    }
  } catch (error) {
    // The status is known; the rest of the message is lost.
    if (!(error instanceof UpstreamFailure)) throw error;
  }
  source.cancel();
  return joinBytes(pieces).slice(0, maxBytes);
}
