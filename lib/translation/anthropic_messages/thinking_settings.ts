/**
 * How hard to think, as another protocol said it, in the words that the model understands.
 *
 * @see {@link https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking}
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { Losses } from "../../chat/loss.ts";
import type { ReasoningEffort, ReasoningSettings } from "../../chat/request.ts";
import { hasExtraHighEffort, isClaude, thinkingStyle } from "./claude_model.ts";
import type { SourceNames } from "./source_names.ts";

type ActiveEffort = Exclude<ReasoningEffort, "none">;

/** The least budget that the API takes. */
const MIN_BUDGET_TOKENS = 1_024;
/** Below this limit thoughts would leave no room for the answer, which counts to the same limit. */
const MIN_MAX_TOKENS = 2_048;
const MAX_BUDGET_SHARE = 0.75;

const BUDGET_TOKENS: Readonly<Record<ActiveEffort, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** The largest budget that each effort stands for, for models that take efforts only. */
const EFFORT_OF_BUDGET: readonly (readonly [number, ActiveEffort])[] = [
  [4_096, "low"],
  [12_288, "medium"],
  [24_576, "high"],
  [Infinity, "xhigh"],
];

/** What the settings depend on beside themselves. */
export interface ThinkingContext {
  model: string;
  /** The limit that will be sent. */
  maxTokens: number;
  /** Whether a call of a tool is forced: the API does not think before one. */
  isToolForced: boolean;
  /** Whether the turn in progress began without a thought that could be sent back. */
  continuesWithoutThought: boolean;
  losses: Losses;
  names: SourceNames;
}

/** The fields to send. */
export interface ThinkingFields {
  thinking?: JsonObject;
  effort?: string;
}

/** Writes `settings` for a model; what it cannot follow is noted as a loss. */
export function thinkingFields(
  settings: ReasoningSettings | undefined,
  context: ThinkingContext,
): ThinkingFields {
  const { model, losses, names } = context;
  const style = thinkingStyle(model);
  if (settings === undefined) return {};
  if (settings.effort === "none") {
    return style === "none" ? {} : { thinking: { type: "disabled" } };
  }
  if (settings.effort === undefined && settings.budgetTokens === undefined) return {};
  if (style === "none") {
    losses.add(names.effort, "dropped", true);
    return {};
  }
  return style === "adaptive" ? adaptive(settings, context) : budget(settings, context);
}

function adaptive(settings: ReasoningSettings, context: ThinkingContext): ThinkingFields {
  const { model, losses, names } = context;
  const wanted = wantedEffort(settings);
  const effort = adaptiveEffort(wanted, model);
  if (effort !== wanted) losses.add(names.effort, "approximated", false);
  if (context.isToolForced) {
    losses.add(names.effort, "approximated", true);
    return { effort };
  }
  const { isVisible } = settings;
  const display = isVisible === undefined ? {} : { display: isVisible ? "summarized" : "omitted" };
  return { thinking: { type: "adaptive", ...display }, effort };
}

function wantedEffort({ effort, budgetTokens }: ReasoningSettings): ActiveEffort {
  if (effort !== undefined && effort !== "none") return effort;
  const found = EFFORT_OF_BUDGET.find(([most]) => (budgetTokens ?? 0) <= most);
  return found?.[1] ?? "high";
}

function adaptiveEffort(wanted: ActiveEffort, model: string): ActiveEffort {
  if (wanted === "minimal") return "low";
  return wanted === "xhigh" && !hasExtraHighEffort(model) ? "high" : wanted;
}

function budget(settings: ReasoningSettings, context: ThinkingContext): ThinkingFields {
  const { model, maxTokens, losses, names } = context;
  // Claude checks that the turn in progress began with its own thought; others do not.
  const isRefused = context.isToolForced || (isClaude(model) && context.continuesWithoutThought);
  if (isRefused || maxTokens < MIN_MAX_TOKENS) {
    losses.add(names.effort, "dropped", true);
    return {};
  }
  const wanted = settings.budgetTokens ?? BUDGET_TOKENS[wantedEffort(settings)];
  const most = Math.floor(maxTokens * MAX_BUDGET_SHARE);
  const tokens = Math.max(MIN_BUDGET_TOKENS, Math.min(wanted, most));
  // A number for a word is what the word means here; a smaller number is not.
  if (tokens !== wanted) losses.add(names.effort, "approximated", false);
  return { thinking: { type: "enabled", budget_tokens: tokens } };
}
