/**
 * Token counts between Anthropic's way of counting and the canonical one.
 *
 * Anthropic's `input_tokens` leaves out what was read from and written to the cache; the canonical
 * figure is the whole prompt.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { isObject } from "../../base/json.ts";
import type { Usage } from "../../chat/response.ts";

/** The wire's own counts, before they are added up. */
export interface WireUsage {
  input?: number;
  cacheRead?: number;
  cacheWrite?: number;
  output?: number;
  reasoning?: number;
}

function count(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

/** The fields of a wire `usage` that {@linkcode readWireUsage} takes. */
export const USAGE_FIELDS: ReadonlySet<string> = new Set([
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "output_tokens",
]);

/** Reads a `usage` object; what is missing or no number stays absent. */
export function readWireUsage(value: JsonValue | undefined): WireUsage {
  if (!isObject(value)) return {};
  const input = count(value.input_tokens);
  const cacheRead = count(value.cache_read_input_tokens);
  const cacheWrite = count(value.cache_creation_input_tokens);
  const output = count(value.output_tokens);
  const details = value.output_tokens_details;
  const reasoning = isObject(details) ? count(details.thinking_tokens) : undefined;
  return {
    ...(input !== undefined && { input }),
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(output !== undefined && { output }),
    ...(reasoning !== undefined && { reasoning }),
  };
}

/** Adds the wire's counts up to canonical ones. */
export function readUsage(wire: WireUsage): Usage {
  const { input, cacheRead, cacheWrite, output, reasoning } = wire;
  const inputTokens = (input ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0);
  return {
    // No prompt has no tokens: servers that do not count send a zero.
    ...(inputTokens > 0 && { inputTokens }),
    ...(cacheRead !== undefined && { cacheReadTokens: cacheRead }),
    ...(cacheWrite !== undefined && { cacheWriteTokens: cacheWrite }),
    ...(output !== undefined && { outputTokens: output }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

/**
 * Writes a `usage` object.
 *
 * @param estimates What stands for a figure that the upstream did not give: clients steer the
 *   compaction of their history by these numbers, and a zero would switch it off.
 */
export function writeUsage(
  usage: Usage,
  estimates: { inputTokens: number; outputTokens: number },
): JsonObject {
  const { cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens } = usage;
  const total = usage.inputTokens ?? estimates.inputTokens;
  return {
    input_tokens: Math.max(0, total - cacheReadTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cacheReadTokens,
    output_tokens: usage.outputTokens ?? estimates.outputTokens,
    ...(reasoningTokens !== undefined && {
      output_tokens_details: { thinking_tokens: reasoningTokens },
    }),
  };
}
