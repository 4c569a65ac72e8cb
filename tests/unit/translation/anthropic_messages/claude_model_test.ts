import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  hasExtraHighEffort,
  thinkingStyle,
} from "../../../../lib/translation/anthropic_messages/claude_model.ts";

const STYLES: readonly (readonly [string, string])[] = [
  ["claude-2.1", "none"],
  ["claude-instant-1.2", "none"],
  ["claude-3-opus-20240229", "none"],
  ["claude-3-5-sonnet-20241022", "none"],
  ["claude-3-7-sonnet-latest", "budget"],
  ["claude-opus-4-20250514", "budget"],
  ["claude-opus-4-1-20250805", "budget"],
  ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "budget"],
  ["anthropic/claude-sonnet-4.5", "budget"],
  ["claude-sonnet-4-6", "adaptive"],
  ["Claude-Opus-4.7", "adaptive"],
  ["claude-sonnet-5", "adaptive"],
  ["claude-opus-latest", "adaptive"],
  ["glm-4.6", "budget"],
  ["", "budget"],
];

describe("thinkingStyle()", () => {
  for (const [model, style] of STYLES) {
    it(`is ${style} for "${model}"`, () => assertEquals(thinkingStyle(model), style));
  }
});

describe("hasExtraHighEffort()", () => {
  it("begins with 4.7", () => {
    assertEquals(hasExtraHighEffort("claude-opus-4-6"), false);
    assertEquals(hasExtraHighEffort("claude-opus-4-7"), true);
    assertEquals(hasExtraHighEffort("claude-fable-5"), true);
  });
});
