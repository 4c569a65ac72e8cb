/**
 * Writes server-sent events.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream}
 * @module
 */
import type { SseMessage } from "./parser.ts";

const LINE_BREAK = /\r\n|\r|\n/;
const hasLineBreak = (text: string) => text.includes("\n") || text.includes("\r");

/** One message with its closing blank line; without an `event` line when the message has no event. */
export function writeSse(message: SseMessage): string {
  const event = message.event === "" ? "" : `event: ${message.event}\n`;
  if (!hasLineBreak(message.data)) return `${event}data: ${message.data}\n\n`;
  return event + prefixed("data: ", message.data) + "\n";
}

/** A comment, which readers skip, as a block of its own. */
export function writeComment(text: string): string {
  return prefixed(": ", text) + "\n";
}

function prefixed(prefix: string, text: string): string {
  return text.split(LINE_BREAK).map((line) => `${prefix}${line}\n`).join("");
}
