/**
 * A streamed answer as events.
 *
 * ```text
 * stream = message-start ( block-start block-delta* block-end | usage )* ( message-end | error )
 * ```
 *
 * `error` may come anywhere, also first. Blocks never overlap, so events carry no index: encoders
 * count their own. `message-end` is produced only when the upstream said that it finished.
 *
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";
import type { OpaqueState } from "./block.ts";
import type { StopReason, UpstreamFault, Usage } from "./response.ts";

/** What a streamed block is; its text comes in the deltas that follow. */
export type BlockStart =
  | { type: "text" }
  | { type: "refusal" }
  | { type: "reasoning" }
  | { type: "tool-call"; id: string; name: string; isFreeform?: boolean }
  /** Complete in itself: no deltas follow. */
  | { type: "opaque"; owner: Protocol; value: JsonObject };

/** One step of a streamed answer. */
export type StreamEvent =
  | { type: "message-start"; id: string; model: string }
  | { type: "block-start"; block: BlockStart }
  /** More text of the open block: words, thoughts, or the input of a tool call. Never empty. */
  | { type: "block-delta"; text: string }
  /** `signature` belongs to a reasoning block, whose proof comes last. */
  | { type: "block-end"; signature?: OpaqueState }
  /** Totals so far; a later one replaces the fields it has. */
  | { type: "usage"; usage: Usage }
  | { type: "message-end"; stopReason: StopReason; stopSequence?: string }
  | { type: "error"; fault: UpstreamFault };
