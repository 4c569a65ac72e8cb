/**
 * Why a model stopped, between Chat's words and the canonical ones.
 *
 * @module
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import type { StopReason, UpstreamFault } from "../../chat/response.ts";
import { decodeOpenAiError } from "../openai_error.ts";
import { brokenAnswer } from "../fault.ts";

/** OpenAI's words, and those that other servers were seen to send instead. */
const STOP_REASON_OF: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end"],
  ["eos", "end"],
  ["end_turn", "end"],
  ["stop_sequence", "stop-sequence"],
  ["length", "max-tokens"],
  ["max_tokens", "max-tokens"],
  ["model_length", "max-tokens"],
  ["tool_calls", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "refusal"],
  ["refusal", "refusal"],
  ["safety", "refusal"],
  ["recitation", "refusal"],
]);

const FINISH_REASON_OF: Readonly<Record<StopReason, string>> = {
  "end": "stop",
  "max-tokens": "length",
  "stop-sequence": "stop",
  "tool-calls": "tool_calls",
  "refusal": "content_filter",
  // Chat cannot say that a turn goes on; the client sees what there is.
  "pause": "stop",
  "context-overflow": "length",
};

/**
 * The Chat word for `reason`.
 *
 * @param hasRefusal Whether the model's words of refusal are told: then it ended as it should.
 */
export function finishReasonOf(reason: StopReason, hasRefusal: boolean): string {
  return reason === "refusal" && hasRefusal ? "stop" : FINISH_REASON_OF[reason];
}

/** Why an answer ended. */
export interface Stop {
  stopReason: StopReason;
  stopSequence?: string;
}

/** What an answer holds that says more about its end than its finish reason. */
export interface Ending {
  /** Whether it calls a tool: many servers say `stop` all the same. */
  hasToolCall: boolean;
  /** Whether it holds words of refusal: OpenAI says `stop` all the same. */
  hasRefusal: boolean;
}

/**
 * Reads why an answer ended.
 *
 * @param choice The wire object that holds `finish_reason`.
 */
export function decodeStop(choice: JsonObject, { hasToolCall, hasRefusal }: Ending): Stop {
  const { finish_reason: word, stop_reason: sequence } = choice;
  const known = typeof word === "string" ? STOP_REASON_OF.get(word.toLowerCase()) : undefined;
  const stopReason = known ?? "end";
  if (stopReason !== "end" && stopReason !== "stop-sequence") return { stopReason };
  if (hasToolCall) return { stopReason: "tool-calls" };
  if (hasRefusal) return { stopReason: "refusal" };
  // vLLM and others name the stop sequence that was met in a field beside.
  if (typeof sequence === "string" && !STOP_REASON_OF.has(sequence)) {
    return { stopReason: "stop-sequence", stopSequence: sequence };
  }
  return { stopReason };
}

/** Words that say the answer was not finished, and how the failure is told when nothing else tells. */
const FAULT_OF: ReadonlyMap<string, UpstreamFault> = new Map([
  ["error", brokenAnswer("The upstream ended its answer with an error")],
  ["abort", brokenAnswer("The upstream aborted its answer")],
  [
    "insufficient_system_resource",
    {
      kind: "overloaded",
      status: 529,
      message: "The upstream ran out of resources while it answered",
    },
  ],
]);

/** The failure that a finish reason stands for; `undefined` for one that is an end. */
export function faultOfChoice(choice: JsonObject): UpstreamFault | undefined {
  const word = choice.finish_reason;
  const fault = typeof word === "string" ? FAULT_OF.get(word.toLowerCase()) : undefined;
  return fault !== undefined && isObject(choice.error) ? decodeOpenAiError(200, choice) : fault;
}
