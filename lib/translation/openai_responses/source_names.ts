/**
 * What the parts of a request are called where it came from: losses are told to a client in the
 * words of its own protocol.
 *
 * @module
 */
import type { Protocol } from "../../base/protocol.ts";

/** The parts that this protocol may have to drop or approximate. */
export interface SourceNames {
  messageName: string;
  content: string;
  thoughts: string;
  toolCalls: string;
  toolResults: string;
  isError: string;
  stop: string;
  maxTokens: string;
  /** The wish for an effort. */
  effort: string;
  /** The wish for a number of thought tokens. */
  budget: string;
  user: string;
}

/** The names per protocol. */
export const SOURCE_NAMES: Readonly<Record<Protocol, SourceNames>> = {
  anthropic_messages: {
    messageName: "messages.name",
    content: "messages.content",
    thoughts: "messages.content.thinking",
    toolCalls: "messages.content.tool_use",
    toolResults: "messages.content.tool_result",
    isError: "messages.content.is_error",
    stop: "stop_sequences",
    maxTokens: "max_tokens",
    effort: "output_config.effort",
    budget: "thinking.budget_tokens",
    user: "metadata.user_id",
  },
  openai_chat: {
    messageName: "messages.name",
    content: "messages.content",
    thoughts: "messages.reasoning_content",
    toolCalls: "messages.tool_calls",
    toolResults: "messages.role.tool",
    isError: "messages.is_error",
    stop: "stop",
    maxTokens: "max_tokens",
    effort: "reasoning_effort",
    budget: "reasoning.max_tokens",
    user: "user",
  },
  openai_responses: {
    messageName: "input.name",
    content: "input.content",
    thoughts: "input.reasoning",
    toolCalls: "input.function_call",
    toolResults: "input.function_call_output",
    isError: "input.is_error",
    stop: "stop",
    maxTokens: "max_output_tokens",
    effort: "reasoning.effort",
    budget: "reasoning.max_tokens",
    user: "user",
  },
};
