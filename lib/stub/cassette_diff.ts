/**
 * Where two requests differ, field by field, for people to read.
 *
 * @module
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { at } from "../base/reader.ts";

/** One place in which they differ; a side is absent where the place is. */
export interface Difference {
  /** `body.messages[1].content` */
  path: string;
  recorded?: JsonValue;
  asked?: JsonValue;
}

/** More differences than this are not looked for. */
const MAX_DIFFERENCES = 200;
/** More than this are counted rather than shown. */
const MAX_SHOWN = 5;
/** How much of a value is shown. */
const MAX_VALUE = 80;
/** How much of what is equal is shown before the first character that differs. */
const LEAD = 20;

/** Every place in which two values differ, at most 200. */
export function differencesBetween(recorded: JsonValue, asked: JsonValue): Difference[] {
  const found: Difference[] = [];
  compare({ path: "", recorded, asked }, found);
  return found;
}

function compare({ path, recorded, asked }: Difference, found: Difference[]): void {
  if (found.length >= MAX_DIFFERENCES || recorded === asked) return;
  const keys = sharedKeys(recorded, asked);
  if (keys === undefined) {
    found.push({
      path,
      ...(recorded === undefined ? {} : { recorded }),
      ...(asked === undefined ? {} : { asked }),
    });
    return;
  }
  for (const key of keys) {
    const [before, after] = [childOf(recorded, key), childOf(asked, key)];
    compare({
      path: at(path, key),
      ...(before === undefined ? {} : { recorded: before }),
      ...(after === undefined ? {} : { asked: after }),
    }, found);
  }
}

/** The keys of two objects or the indices of two lists; `undefined` when they are not alike. */
function sharedKeys(
  one: JsonValue | undefined,
  other: JsonValue | undefined,
): Iterable<string | number> | undefined {
  if (Array.isArray(one) && Array.isArray(other)) {
    return Array(Math.max(one.length, other.length)).keys();
  }
  if (!isObject(one) || !isObject(other)) return undefined;
  return new Set([...Object.keys(one), ...Object.keys(other)]);
}

function childOf(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** `body.messages[1].content: recorded "2+2", asked "2+3"; body.seed: recorded 1, asked nothing` */
export function differencesText(differences: readonly Difference[]): string {
  const shown = differences.slice(0, MAX_SHOWN).map(differenceText);
  const more = differences.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/** One difference, its values cut to where they begin to differ. */
export function differenceText({ path, recorded, asked }: Difference): string {
  const [before, after] = [valueText(recorded), valueText(asked)];
  const from = Math.max(0, commonLength(before, after) - LEAD);
  return `${path}: recorded ${cut(before, from)}, asked ${cut(after, from)}`;
}

function valueText(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function commonLength(one: string, other: string): number {
  let index = 0;
  while (index < one.length && one[index] === other[index]) index++;
  return index;
}

function cut(text: string, from: number): string {
  if (text.length <= MAX_VALUE) return text;
  const shown = text.slice(from, from + MAX_VALUE).toWellFormed();
  return `${from > 0 ? "…" : ""}${shown}${from + MAX_VALUE < text.length ? "…" : ""}`;
}
