/**
 * Says what changes in a text of settings, one line per setting, without a secret.
 *
 * @module
 */
import { isCredentialName } from "../config/route.ts";
import type { Setting, SettingPath, SettingsFormat } from "./settings_text.ts";

/** One line: what is taken away, what is put there. */
export interface Change {
  sign: "+" | "-";
  text: string;
}

/** Longer lines are cut, and more of them left out. */
const MAX_LINE = 88;
const MAX_LINES = 12;

/** What differs between two texts in the places of `settings`. */
export function changesBetween(
  before: string,
  after: string,
  { settings, format }: { settings: readonly Setting[]; format: SettingsFormat },
): Change[] {
  return settings.flatMap(({ path }): Change[] => {
    const [old, fresh] = [format.at(before, path), format.at(after, path)];
    if (old === fresh) return [];
    return [
      ...(old === undefined ? [] : lines("-", path, old)),
      ...(fresh === undefined ? [] : lines("+", path, fresh)),
    ];
  });
}

function lines(sign: Change["sign"], path: SettingPath, value: string): Change[] {
  const name = path.join(".");
  const [first, ...rest] = redacted(value).split(/\r?\n/).filter((line) => line.trim() !== "");
  const head = isCredential(path.at(-1)!, value) ? "…" : (first ?? "").trim();
  const margin = Math.min(...rest.map((line) => line.search(/\S/)));
  const shown = rest.length > MAX_LINES ? [...rest.slice(0, MAX_LINES), "…"] : rest;
  return [
    `${name}  ${head}`,
    ...shown.map((line) => `  ${line === "…" ? line : line.slice(margin)}`),
  ]
    .map((text) => ({ sign, text: text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text }));
}

/** Names such as `MAX_TOKENS` only sound like one: a plain number is no secret. */
function isCredential(name: string, value: string): boolean {
  return isCredentialName(name) && !/^"?\d{1,9}"?$/.test(value);
}

/**
 * The text of settings without what stands behind a name of credentials in them: for showing.
 */
export function redacted(text: string): string {
  return text.replace(
    NAMED_VALUE,
    (all, name: string, between: string) => isCredentialName(name) ? `${name}${between}"…"` : all,
  );
}

/** A name, and the quoted value behind it. */
const NAMED_VALUE = /([A-Za-z_-]+)(["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g;
