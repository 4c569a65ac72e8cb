/**
 * The token figures of this protocol, read and written.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Usage } from "../../chat/response.ts";
import { defined } from "./form.ts";

/** Reads `usage`; a figure that is no count is absent. Chat's names are taken as well. */
export function decodeUsage(value: JsonValue | undefined): Usage {
  if (!isObject(value)) return {};
  const input = value.input_tokens_details ?? value.prompt_tokens_details;
  const output = value.output_tokens_details ?? value.completion_tokens_details;
  return defined({
    inputTokens: count(value.input_tokens) ?? count(value.prompt_tokens),
    cacheReadTokens: count(field(input, "cached_tokens")),
    cacheWriteTokens: count(field(input, "cache_write_tokens")),
    outputTokens: count(value.output_tokens) ?? count(value.completion_tokens),
    reasoningTokens: count(field(output, "reasoning_tokens")),
  });
}

function field(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isObject(value) ? value[key] : undefined;
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

/** Writes all figures that clients read, with `estimatedInputTokens` for an unknown prompt. */
export function encodeUsage(usage: Usage, estimatedInputTokens: number): JsonObject {
  const input = usage.inputTokens ?? estimatedInputTokens;
  const output = usage.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
