/**
 * What the parts of a request are called where it came from: losses are told to a client in the
 * words of its own protocol.
 *
 * @module
 */
import type { Protocol } from "../../base/protocol.ts";

/** The parts that this protocol may have to drop or approximate. */
export interface SourceNames {
  messages: string;
  laterSystem: string;
  messageName: string;
  content: string;
  imageDetail: string;
  thoughts: string;
  refusal: string;
  toolCalls: string;
  toolArguments: string;
  toolResults: string;
  stop: string;
  effort: string;
  visibleThoughts: string;
  format: string;
  schema: string;
  user: string;
}

/** The names per protocol; those of this one never appear, since its requests lose nothing here. */
export const SOURCE_NAMES: Readonly<Record<Protocol, SourceNames>> = {
  anthropic_messages: {
    messages: "messages",
    laterSystem: "messages.role.system",
    messageName: "messages.name",
    content: "messages.content",
    imageDetail: "messages.content.detail",
    thoughts: "messages.content.thinking",
    refusal: "messages.content.refusal",
    toolCalls: "messages.content.tool_use",
    toolArguments: "messages.content.input",
    toolResults: "messages.content.tool_result",
    stop: "stop_sequences",
    effort: "output_config.effort",
    visibleThoughts: "thinking.display",
    format: "output_config.format",
    schema: "output_config.format.schema",
    user: "metadata.user_id",
  },
  openai_chat: {
    messages: "messages",
    laterSystem: "messages.role.system",
    messageName: "messages.name",
    content: "messages.content",
    imageDetail: "messages.content.image_url.detail",
    thoughts: "messages.reasoning_content",
    refusal: "messages.refusal",
    toolCalls: "messages.tool_calls",
    toolArguments: "messages.tool_calls.arguments",
    toolResults: "messages.role.tool",
    stop: "stop",
    effort: "reasoning_effort",
    visibleThoughts: "reasoning.exclude",
    format: "response_format",
    schema: "response_format.json_schema.schema",
    user: "user",
  },
  openai_responses: {
    messages: "input",
    laterSystem: "input.role.system",
    messageName: "input.name",
    content: "input.content",
    imageDetail: "input.content.detail",
    thoughts: "input.reasoning",
    refusal: "input.content.refusal",
    toolCalls: "input.function_call",
    toolArguments: "input.arguments",
    toolResults: "input.function_call_output",
    stop: "stop",
    effort: "reasoning.effort",
    visibleThoughts: "reasoning.summary",
    format: "text.format",
    schema: "text.format.schema",
    user: "user",
  },
};
