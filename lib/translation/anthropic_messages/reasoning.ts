/**
 * What a Messages request says about thinking: `thinking`, and `effort` of `output_config`.
 *
 * @module
 */
import { badRequest } from "../../base/error.ts";
import type { JsonObject } from "../../base/json.ts";
import { readNumber, readObject, readString, requireString } from "../../base/reader.ts";
import type { ReasoningEffort, ReasoningSettings } from "../../chat/request.ts";
import { extended, withForm, writeBack } from "./wire.ts";

const THINKING_FIELDS = new Set(["type", "budget_tokens", "display"]);

/** The efforts that Anthropic names; it may name more one day, which then stay as they came. */
const EFFORTS: ReadonlyMap<string, ReasoningEffort> = new Map(
  (["low", "medium", "high", "xhigh", "max"] as const).map((effort) => [effort, effort]),
);

const VISIBLE: ReadonlyMap<string, boolean> = new Map([["summarized", true], ["omitted", false]]);

/** Reads both places; `undefined` when neither says anything. */
export function decodeReasoning(body: JsonObject): ReasoningSettings | undefined {
  const thinking = readObject(body, "thinking", "");
  const config = readObject(body, "output_config", "");
  const effort = config && readString(config, "effort", "output_config");
  if (thinking === undefined && effort === undefined) return undefined;
  const known = effort === undefined ? undefined : EFFORTS.get(effort);
  const settings: ReasoningSettings = {
    ...(known !== undefined && { effort: known }),
    ...(effort !== undefined && { form: { effort } }),
  };
  return thinking === undefined ? settings : { ...settings, ...decodeThinking(thinking, settings) };
}

function decodeThinking(thinking: JsonObject, { form = {} }: ReasoningSettings): ReasoningSettings {
  const type = requireString(thinking, "type", "thinking");
  const budgetTokens = readNumber(thinking, "budget_tokens", "thinking");
  if (type === "enabled" && budgetTokens === undefined) {
    throw badRequest("thinking.budget_tokens", "missing");
  }
  const display = readString(thinking, "display", "thinking");
  // Who asks for thoughts and does not say how they are shown, means to read them.
  const unsaid = type === "disabled" ? undefined : true;
  const isVisible = display === undefined ? unsaid : VISIBLE.get(display);
  return {
    ...(type === "disabled" && { effort: "none" as const }),
    ...(budgetTokens !== undefined && { budgetTokens }),
    ...(isVisible !== undefined && { isVisible }),
    ...withForm(extended(thinking, THINKING_FIELDS), {
      ...form,
      thinking: type,
      ...(display !== undefined && { display }),
    }),
  };
}

/** Writes settings that a Messages request brought as they stood there. */
export function encodeNativeReasoning(
  settings: ReasoningSettings,
): { thinking?: JsonObject; effort?: string } {
  const { thinking, effort, display } = settings.form ?? {};
  return {
    ...(typeof effort === "string" && { effort }),
    ...(typeof thinking === "string" && {
      thinking: writeBack({
        type: thinking,
        ...(settings.budgetTokens !== undefined && { budget_tokens: settings.budgetTokens }),
        ...(display !== undefined && { display }),
      }, settings),
    }),
  };
}
