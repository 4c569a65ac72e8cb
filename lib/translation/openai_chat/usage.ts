/**
 * Token counts, between Chat's `usage` and the canonical one.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/object}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Usage } from "../../chat/response.ts";

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Reads a `usage` object; `undefined` when it counts nothing. */
export function decodeUsage(wire: JsonValue | undefined): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const prompt = isObject(wire.prompt_tokens_details) ? wire.prompt_tokens_details : {};
  const completion = isObject(wire.completion_tokens_details) ? wire.completion_tokens_details : {};
  const usage: Usage = {};
  set(usage, "inputTokens", wire.prompt_tokens);
  // DeepSeek and Kimi report cache hits in fields of their own.
  set(
    usage,
    "cacheReadTokens",
    prompt.cached_tokens ?? wire.prompt_cache_hit_tokens ?? wire.cached_tokens,
  );
  // OpenAI does not bill cache writes; aggregators that stand before Anthropic report them.
  set(usage, "cacheWriteTokens", prompt.cache_write_tokens ?? prompt.cache_creation_tokens);
  set(usage, "outputTokens", outputTokens(wire));
  set(usage, "reasoningTokens", completion.reasoning_tokens ?? wire.reasoning_tokens);
  return Object.keys(usage).length === 0 ? undefined : usage;
}

function set(usage: Usage, key: keyof Usage, value: JsonValue | undefined): void {
  const tokens = count(value);
  if (tokens !== undefined) usage[key] = tokens;
}

/** Gemini and xAI leave thoughts out of `completion_tokens`, but not out of the total. */
function outputTokens(wire: JsonObject): number | undefined {
  const completion = count(wire.completion_tokens);
  const prompt = count(wire.prompt_tokens);
  const total = count(wire.total_tokens);
  if (completion === undefined || prompt === undefined || total === undefined) return completion;
  return Math.max(completion, total - prompt);
}

/** Writes a `usage` object; `undefined` when nothing was counted. */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  const prompt = usage.inputTokens ?? 0;
  const completion = usage.outputTokens ?? 0;
  const wire: JsonObject = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
  if (usage.cacheReadTokens !== undefined) {
    wire.prompt_tokens_details = { cached_tokens: usage.cacheReadTokens };
  }
  if (usage.reasoningTokens !== undefined) {
    wire.completion_tokens_details = { reasoning_tokens: usage.reasoningTokens };
  }
  return wire;
}
