/**
 * The bytes of a configuration as text, or the place where they are none.
 *
 * @module
 */
import type { Position } from "./document.ts";

/** The text, or why there is none. */
export type DecodedText = { text: string } | { problem: { message: string; position: Position } };

const LINE_FEED = 0x0a;
const REPLACEMENT = "\ufffd";

/** Reads UTF-8; a byte order mark is dropped. */
export function decodeText(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { problem: { message: problemOf(bytes), position: placeOf(bytes) } };
  }
}

/** PowerShell and old editors on Windows write UTF-16, whose first two bytes are its mark. */
function problemOf(bytes: Uint8Array): string {
  const mark = bytes[0]! * 256 + bytes[1]!;
  const isUtf16 = mark === 0xfffe || mark === 0xfeff;
  return `expected UTF-8, got ${isUtf16 ? "UTF-16: save it as UTF-8" : "bytes that are not"}`;
}

/** The first line that cannot be read, and the first character there that could not. */
function placeOf(bytes: Uint8Array): Position {
  for (let line = 1, start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed === -1 ? bytes.length : feed;
    const text = new TextDecoder().decode(bytes.subarray(start, end));
    const at = text.indexOf(REPLACEMENT);
    if (at !== -1 && !isReadable(bytes.subarray(start, end))) return { line, column: at + 1 };
    start = end + 1;
  }
  return { line: 1, column: 1 };
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
