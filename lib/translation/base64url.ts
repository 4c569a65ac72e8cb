/**
 * Text as base64url and back, refusing everything that does not survive the round trip.
 *
 * What is packed here comes back from clients, so reading is strict: one text has one packed form,
 * and whatever else is handed in is simply not ours.
 *
 * @module
 */

/** Packs `text` into letters, digits, `-` and `_`; `undefined` if it is not well-formed Unicode. */
export function packText(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The text that {@linkcode packText} made `packed` from; `undefined` if it made no such thing. */
export function unpackText(packed: string): string | undefined {
  try {
    const bytes = Uint8Array.fromBase64(packed, { alphabet: "base64url" });
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // Padding and white space would read as well, but then two ids could mean one original.
    return packText(text) === packed ? text : undefined;
  } catch {
    // Not base64url, or not UTF-8: then it was not packed here.
    return undefined;
  }
}
