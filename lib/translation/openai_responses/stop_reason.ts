/**
 * Why an answer ended, which this protocol says by a status and, for an incomplete one, a reason.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { AssistantBlock } from "../../chat/block.ts";
import type { StopReason } from "../../chat/response.ts";

/** What an answer was seen to hold. */
export interface Seen {
  hasWords: boolean;
  hasRefusal: boolean;
  hasToolCall: boolean;
}

/** What `content` holds. */
export function seenIn(content: readonly AssistantBlock[]): Seen {
  return {
    hasWords: content.some((block) => block.type === "text" && block.text !== ""),
    hasRefusal: content.some((block) => block.type === "refusal"),
    hasToolCall: content.some((block) => block.type === "tool-call"),
  };
}

/** Whether an answer says nothing but that it declines. */
export function declines(seen: Seen): boolean {
  return seen.hasRefusal && !seen.hasWords && !seen.hasToolCall;
}

const STOP_OF_REASON: ReadonlyMap<unknown, StopReason> = new Map<unknown, StopReason>([
  ["max_output_tokens", "max-tokens"],
  ["max_tokens", "max-tokens"],
  ["content_filter", "refusal"],
]);

/** The canonical reason of a finished answer; an incomplete one with another reason was cut. */
export function decodeStopReason(response: JsonObject, seen: Seen): StopReason {
  const details = response.incomplete_details;
  const reason = isObject(details) ? details.reason : undefined;
  if (response.status === "incomplete" || typeof reason === "string") {
    return STOP_OF_REASON.get(reason) ?? "max-tokens";
  }
  if (seen.hasToolCall) return "tool-calls";
  return declines(seen) ? "refusal" : "end";
}

/** The end of an answer on the wire. */
export interface Ending {
  status: "completed" | "incomplete";
  /** Of an incomplete answer. */
  reason?: "max_output_tokens" | "content_filter";
}

const COMPLETED: Ending = { status: "completed" };
const CUT: Ending = { status: "incomplete", reason: "max_output_tokens" };
const FILTERED: Ending = { status: "incomplete", reason: "content_filter" };

const ENDINGS: Readonly<Record<StopReason, Ending>> = {
  "end": COMPLETED,
  "max-tokens": CUT,
  "stop-sequence": COMPLETED,
  "tool-calls": COMPLETED,
  "refusal": FILTERED,
  "pause": COMPLETED,
  "context-overflow": CUT,
};

/**
 * How the wire says `stopReason`.
 *
 * @param seen What the answer holds: one that declines in words of its own is complete.
 */
export function endingOf(stopReason: StopReason, seen: Seen): Ending {
  return stopReason === "refusal" && declines(seen) ? COMPLETED : ENDINGS[stopReason];
}
