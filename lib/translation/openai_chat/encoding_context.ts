/**
 * What every part of the request encoder must know beside what it writes.
 *
 * @module
 */
import type { Protocol } from "../../base/protocol.ts";
import { Losses } from "../../chat/loss.ts";
import type { ChatRequest } from "../../chat/request.ts";
import type { Quirks } from "../codec.ts";
import { COMMON_TOOL_ID, ToolCallIds } from "../tool_call_id.ts";

/** How a source names the things that this encoder may lose: the `field` of a loss. */
export interface SourceWords {
  thinking: string;
  image: string;
  document: string;
  toolCall: string;
  toolInput: string;
  toolResult: string;
  isError: string;
  refusal: string;
  effort: string;
  budget: string;
  userId: string;
}

const WORDS: Readonly<Record<Protocol, SourceWords>> = {
  anthropic_messages: {
    thinking: "messages.content.thinking",
    image: "messages.content.image",
    document: "messages.content.document",
    toolCall: "messages.content.tool_use",
    toolInput: "messages.content.tool_use.input",
    toolResult: "messages.content.tool_result",
    isError: "messages.content.is_error",
    refusal: "messages.content.refusal",
    effort: "output_config.effort",
    budget: "thinking.budget_tokens",
    userId: "metadata.user_id",
  },
  openai_responses: {
    thinking: "input.reasoning",
    image: "input.content.input_image",
    document: "input.content.input_file",
    toolCall: "input.function_call",
    toolInput: "input.function_call.arguments",
    toolResult: "input.function_call_output",
    isError: "input.function_call_output",
    refusal: "input.content.refusal",
    effort: "reasoning.effort",
    budget: "reasoning.max_tokens",
    userId: "user",
  },
  openai_chat: {
    thinking: "messages.reasoning_content",
    image: "messages.content.image_url",
    document: "messages.content.file",
    toolCall: "messages.tool_calls",
    toolInput: "messages.tool_calls.function.arguments",
    toolResult: "messages.tool",
    isError: "messages.tool",
    refusal: "messages.refusal",
    effort: "reasoning_effort",
    budget: "reasoning.max_tokens",
    userId: "user",
  },
};

/** The ids that tool calls are sent under. */
export interface IdFitting {
  call(id: string): string;
  result(id: string): string;
}

/** What is known while one request is encoded. */
export interface EncodingContext {
  /** Whether the request came in Chat's own words: then it is written back exactly. */
  isOwn: boolean;
  /** The upstream's name of its model. */
  model: string;
  quirks: Quirks;
  ids: IdFitting;
  losses: Losses;
  words: SourceWords;
}

/** The context in which `request` is encoded for an upstream with `quirks`. */
export function encodingContext(request: ChatRequest, quirks: Quirks): EncodingContext {
  const isOwn = request.source === "openai_chat";
  const pattern = quirks.toolIdPattern ?? (isOwn ? undefined : COMMON_TOOL_ID);
  return {
    isOwn,
    model: request.model,
    quirks,
    // A Chat client's ids came from a Chat server, and go back as they are unless the route asks.
    ids: pattern === undefined ? { call: same, result: same } : new ToolCallIds(pattern),
    losses: new Losses(),
    words: WORDS[request.source],
  };
}

function same(id: string): string {
  return id;
}
