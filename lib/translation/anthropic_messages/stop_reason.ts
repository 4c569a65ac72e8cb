/**
 * Why the model stopped, in Anthropic's words.
 *
 * @module
 */
import type { JsonValue } from "../../base/json.ts";
import type { StopReason } from "../../chat/response.ts";

const WIRE: Readonly<Record<StopReason, string>> = {
  "end": "end_turn",
  "max-tokens": "max_tokens",
  "stop-sequence": "stop_sequence",
  "tool-calls": "tool_use",
  "refusal": "refusal",
  "pause": "pause_turn",
  "context-overflow": "model_context_window_exceeded",
};

const CANONICAL: ReadonlyMap<unknown, StopReason> = new Map(
  Object.entries(WIRE).map(([reason, wire]) => [wire, reason as StopReason]),
);

/**
 * Reads a `stop_reason`.
 *
 * @param hasToolCalls What decides when the upstream gave no reason, or one not known here.
 */
export function readStopReason(value: JsonValue | undefined, hasToolCalls: boolean): StopReason {
  return CANONICAL.get(value) ?? (hasToolCalls ? "tool-calls" : "end");
}

/**
 * Writes a `stop_reason`.
 *
 * @param hasToolCalls Some upstreams end a turn that calls tools with a plain `stop`; a Messages
 *   client takes that for the end of its loop.
 */
export function writeStopReason(reason: StopReason, hasToolCalls: boolean): string {
  return WIRE[reason === "end" && hasToolCalls ? "tool-calls" : reason];
}
