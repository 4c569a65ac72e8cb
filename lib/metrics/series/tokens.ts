/**
 * What was spent.
 *
 * @module
 */
import type { TokenCounts } from "../../base/observer.ts";
import { counter } from "../counter.ts";

/** The label of each count, in the order in which they are read. */
const KINDS: readonly (readonly [kind: string, field: keyof TokenCounts])[] = [
  ["input", "inputTokens"],
  ["output", "outputTokens"],
  ["cache_read", "cacheReadTokens"],
  ["cache_write", "cacheWriteTokens"],
  ["reasoning", "reasoningTokens"],
];

/** Tokens as the upstreams counted them. */
export const tokens = counter({
  name: "gateway_tokens_total",
  help:
    "Tokens as upstreams told them; input includes what a cache held, output includes reasoning",
  labels: ["model", "kind"],
  limit: 2_000,
  hears: (add, known) => ({
    finished({ model, usage }) {
      for (const [kind, field] of KINDS) {
        const count = usage[field];
        if (count !== undefined && count > 0) add(count, known.model(model), kind);
      }
    },
  }),
});
