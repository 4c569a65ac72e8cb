/**
 * Reads a server-sent event stream: bytes in any cuts, messages out.
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
