/**
 * Made-up texts and answers.
 *
 * @module
 */
import { PROTOCOLS } from "../../lib/base/protocol.ts";
import type { AssistantBlock, OpaqueState } from "../../lib/chat/block.ts";
import type { ChatResponse, StopReason, Usage } from "../../lib/chat/response.ts";
import type { Random } from "./random.ts";

const PIECES = [
  "a",
  "Hello ",
  "\n",
  "\r",
  "\r\n",
  "\n\n",
  ":",
  " ",
  "data: x",
  "你好",
  "é",
  "🎉",
  "\u0000",
  "\u2028",
  "\uFEFF",
  '"',
  "{}",
  "\\",
];

/** The tools that are called with free text. */
export const FREEFORM: ReadonlySet<string> = new Set(["patch"]);

/** Text of everything that is awkward in a stream; sometimes none. */
export function madeUpText(random: Random): string {
  return Array.from({ length: random.below(6) }, () => random.pick(PIECES)).join("");
}

const STOP_REASONS: readonly StopReason[] = [
  "end",
  "max-tokens",
  "stop-sequence",
  "tool-calls",
  "refusal",
  "pause",
  "context-overflow",
];

const USAGES: readonly Usage[] = [
  {},
  { inputTokens: 5, outputTokens: 0 },
  { inputTokens: 9, cacheReadTokens: 4, cacheWriteTokens: 1, outputTokens: 7, reasoningTokens: 3 },
];

/** An answer with blocks of all kinds in any order; one that refuses does so last, and calls nothing. */
export function madeUpResponse(random: Random): ChatResponse {
  const blocks = Array.from({ length: random.below(6) }, () => madeUpBlock(random));
  const isRefusal = random.oneIn(4);
  const refusal: AssistantBlock = { type: "refusal", text: `No${madeUpText(random)}` };
  const content = isRefusal
    ? [...blocks.filter(({ type }) => type !== "tool-call"), refusal]
    : blocks;
  return {
    id: madeUpText(random),
    model: madeUpText(random),
    content,
    stopReason: isRefusal ? "refusal" : random.pick(STOP_REASONS),
    ...(random.oneIn(4) ? { stopSequence: madeUpText(random) } : {}),
    usage: random.pick(USAGES),
  };
}

/** An id as some upstream might give one. */
function madeUpId(random: Random): string {
  return random.pick(["call_", "toolu_", "functions.run:", "a|b ", ""]) + random.below(1_000_000);
}

function madeUpBlock(random: Random): AssistantBlock {
  const text = madeUpText(random);
  const signature: OpaqueState = { owner: random.pick(PROTOCOLS), value: `s${madeUpText(random)}` };
  return random.pick<AssistantBlock>([
    { type: "text", text },
    { type: "reasoning", text },
    { type: "reasoning", text, signature },
    { type: "tool-call", id: madeUpId(random), name: "run", input: JSON.stringify({ text }) },
    { type: "tool-call", id: madeUpId(random), name: "patch", input: text, isFreeform: true },
    { type: "opaque", owner: signature.owner, value: { type: "thing", text } },
  ]);
}
