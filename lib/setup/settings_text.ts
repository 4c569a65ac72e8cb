/**
 * What can be done to the text of another program's settings, whichever way it is written.
 *
 * @module
 */
import type { JsonValue } from "../base/json.ts";

/** A place in settings: `["env", "ANTHROPIC_BASE_URL"]`. */
export type SettingPath = readonly string[];

/** One setting of ours. */
export interface Setting {
  path: SettingPath;
  value: JsonValue;
}

/** A way to write settings down. Every byte that a call is not about stays as it is. */
export interface SettingsFormat {
  /**
   * The text with `value` at `path`.
   *
   * @throws {SettingsProblem} When the text cannot be read, or has no room for it.
   */
  withSetting(text: string, setting: Setting): string;
  /** The text with what `original` has at `path`, or with nothing there when it has nothing. */
  withOriginal(text: string, path: SettingPath, original: string): string;
  /** The text of the value at `path`; `undefined` when there is none. */
  at(text: string, path: SettingPath): string | undefined;
  /** Whether nothing is set in the text. */
  isEmpty(text: string): boolean;
}

/** A part of a text. */
export interface Span {
  start: number;
  end: number;
}

/** The text with something else in the place of a part. */
export function spliced(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** How lines end in a text. */
export function lineEndOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

/** Settings that cannot be edited, in words for their user. */
export class SettingsProblem extends Error {
  override readonly name = "SettingsProblem";
}

/** The text with every setting; from the last to the first, as each goes in front of the others. */
export function withSettings(
  text: string,
  settings: readonly Setting[],
  format: SettingsFormat,
): string {
  return settings.reduceRight((changed, setting) => format.withSetting(changed, setting), text);
}

/**
 * The text without our settings: with what `original` had in their places. When nothing else has
 * changed since, that is `original` to the byte.
 *
 * @param original The text as it was before the first of ours; empty when there was none.
 */
export function withoutSettings(
  text: string,
  settings: readonly Setting[],
  { original, format }: { original: string; format: SettingsFormat },
): string {
  const without = (one: string) =>
    settings.reduce((changed, { path }) => format.withOriginal(changed, path, original), one);
  const bare = without(text);
  // Taking ours out leaves traces where there was no line break, or an empty pair of braces. Where
  // they are the only difference, there is none.
  return bare === without(withSettings(original, settings, format)) ? original : bare;
}
