/**
 * A client's request to a chat endpoint, read and ready to be tried at candidates.
 *
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";

/** One request of a client. */
export interface ChatCall {
  /** Our own id of the request. */
  id: string;
  /** The protocol that the client speaks. */
  protocol: Protocol;
  /** The path below the version segment. */
  endpoint: string;
  /** The query string, with its `?`; empty when there is none. */
  query: string;
  headers: Headers;
  /** The body as it came. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The body, parsed. */
  body: JsonObject;
  /** The model as the client named it. */
  model: string;
  isStream: boolean;
  /** Whether a translation that changes the meaning is refused. */
  isStrict: boolean;
  /** When the request came, on the monotonic clock. */
  receivedAtMs: number;
  /** Takes the items of an answer to which the client may only refer later. */
  rememberItems?: (items: readonly JsonObject[]) => void;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}
