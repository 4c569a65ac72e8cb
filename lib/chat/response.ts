/**
 * A whole answer, free of any wire format, and the numbers that come with it.
 *
 * @module
 */
import type { ErrorKind } from "../base/error.ts";
import type { AssistantBlock, Extended } from "./block.ts";

/** Why the model stopped. */
export type StopReason =
  /** It was done. */
  | "end"
  | "max-tokens"
  | "stop-sequence"
  | "tool-calls"
  /** It, or a filter before it, declined. */
  | "refusal"
  /** The upstream paused a long turn and wants it sent back to go on. */
  | "pause"
  /** The conversation does not fit the model. */
  | "context-overflow";

/** Tokens of one request. Every figure is absent when the upstream did not say. */
export interface Usage {
  /** All tokens of the prompt, those read from and written to a cache included. */
  inputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  /** All tokens of the answer, thoughts included. */
  outputTokens?: number;
  reasoningTokens?: number;
}

/** A whole answer. */
export interface ChatResponse extends Extended {
  id: string;
  /** The model that the upstream says answered. */
  model: string;
  content: AssistantBlock[];
  stopReason: StopReason;
  /** The sequence that was met, when the reason is `stop-sequence` and the upstream said. */
  stopSequence?: string;
  usage: Usage;
}

/** An upstream's own report of failure. */
export interface UpstreamFault {
  kind: ErrorKind;
  /** The HTTP status, or the one its error type stands for when it came inside a 200. */
  status: number;
  /** The upstream's words, unredacted. */
  message: string;
  code?: string;
  param?: string;
}
