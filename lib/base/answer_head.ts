/**
 * What the head of an answer says of the body behind it.
 *
 * @module
 */
import type { ReadableHeaders } from "./header_fields.ts";

/** Statuses whose answers have no body (RFC 9110, section 6.4.1): a `Response` refuses one. */
export const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Whether the body is a stream of server-sent events. */
export function isEventStream(headers: ReadableHeaders): boolean {
  return (headers.get("content-type") ?? "").toLowerCase().startsWith("text/event-stream");
}
