/**
 * How one attempt ended.
 *
 * @module
 */
import type { GatewayError } from "../base/error.ts";
import type { ReadableHeaders } from "../base/header_fields.ts";
import type { UpstreamFault } from "../chat/response.ts";
import type { Answer } from "./answer.ts";

/** How an answer that came with a good status was no answer. */
export type BrokenReason =
  | "empty-body"
  | "html"
  | "malformed"
  | "error-event"
  | "no-answer"
  | "redirect"
  | "cut"
  | "too-large"
  | "timeout";

/** The end of one attempt, before anything reached the client. */
export type Outcome =
  | { kind: "answered"; answer: Answer }
  /** Nothing of the request reached the upstream. `reason`: refused, dns, tls, connect-timeout. */
  | { kind: "not-sent"; reason: string }
  /** A kept connection was closed before the answer's first byte: nothing was answered. */
  | { kind: "stale-socket" }
  /** It may have: the upstream was silent or broke off before its head. */
  | { kind: "ambiguous"; reason: string }
  /** The upstream said no. */
  | {
    kind: "status";
    status: number;
    headers: ReadableHeaders;
    bytes: Uint8Array<ArrayBuffer>;
    fault: UpstreamFault;
  }
  /** The head was well, what followed was not. */
  | {
    kind: "broken";
    reason: BrokenReason;
    isStream: boolean;
    status: number;
    fault?: UpstreamFault;
  }
  /** The request cannot be written for this upstream; nothing was sent. */
  | { kind: "untranslatable"; error: GatewayError }
  | { kind: "client-gone" };
