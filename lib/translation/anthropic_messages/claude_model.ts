/**
 * What can be told of a Claude model from its name, for the settings that changed between
 * generations.
 *
 * Names come in many spellings: `claude-3-5-sonnet-20241022`, `claude-opus-4-1`,
 * `anthropic/claude-sonnet-4.6`, `us.anthropic.claude-haiku-4-5-20251001-v1:0`.
 *
 * @module
 */

/** How a model takes the wish to think. */
export type ThinkingStyle =
  /** Not at all. */
  | "none"
  /** As a number of tokens. */
  | "budget"
  /** As an effort; the model decides how much to think. */
  | "adaptive";

/** A model's generation: 4.6 is `{ major: 4, minor: 6 }`. */
interface Version {
  major: number;
  minor: number;
}

/**
 * The first number after the name, and a second one unless that is a date. Not any way after it: a
 * client may choose the name, and a long one would take the square of its length in time.
 */
const VERSION = /claude\D{0,32}?(\d{1,2})(?!\d)(?:[-.](\d{1,2})(?!\d))?/;

/** Whether `model` names a model of Anthropic's, whoever serves it. */
export function isClaude(model: string): boolean {
  return model.toLowerCase().includes("claude");
}

/**
 * How `model` takes the wish to think.
 *
 * @returns `budget` also for models of other makers: those that speak this protocol took over its
 *   first form, and most read no more than whether thinking is on.
 */
export function thinkingStyle(model: string): ThinkingStyle {
  if (!isClaude(model)) return "budget";
  const version = versionOf(model);
  // A name without a number is that of the newest one.
  if (version === undefined || isAtLeast(version, 4, 6)) return "adaptive";
  return isAtLeast(version, 3, 7) ? "budget" : "none";
}

/** Whether `model` knows the effort `xhigh`, which came one generation after the others. */
export function hasExtraHighEffort(model: string): boolean {
  const version = versionOf(model);
  return version === undefined || isAtLeast(version, 4, 7);
}

function versionOf(model: string): Version | undefined {
  const [, major, minor] = VERSION.exec(model.toLowerCase()) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor ?? 0) };
}

function isAtLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
