/**
 * When an upstream says it wants to be asked again.
 *
 * @module
 */
import type { ReadableHeaders } from "../base/header_fields.ts";

/** Longer waits are cut to this: a provider's "tomorrow" must not outlive its own reset. */
export const MAX_RETRY_AFTER_MS = 300_000;

/** Headers that say when a limit resets begin so, in the forms that OpenAI and its kin use. */
const RESET_PREFIX = "x-ratelimit-reset";

/**
 * The three forms of a date in HTTP. `Date.parse` alone would also read "-5" as a year, and
 * "soon 2099" as one far away.
 */
const HTTP_DATE = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i;

/**
 * Reads how long an upstream asks to be left alone.
 *
 * @param headers Its response headers: `retry-after-ms`, `retry-after` (seconds, also with
 * decimals, or an HTTP-date), else the latest of the `x-ratelimit-reset` ones.
 * @param nowMs The current time, in milliseconds since the epoch.
 * @returns Milliseconds, at most {@linkcode MAX_RETRY_AFTER_MS}; `undefined` when no header says
 * so in a form that can be read, or when it names the past.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3}
 */
export function retryAfterMs(headers: ReadableHeaders, nowMs: number): number | undefined {
  const wait = milliseconds(headers.get("retry-after-ms")) ??
    secondsOrDate(headers.get("retry-after"), nowMs) ??
    latestReset(headers, nowMs);
  return wait === undefined ? undefined : Math.min(wait, MAX_RETRY_AFTER_MS);
}

function milliseconds(value: string | null): number | undefined {
  return value !== null && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;
}

function secondsOrDate(value: string | null, nowMs: number): number | undefined {
  const seconds = milliseconds(value);
  if (seconds !== undefined) return seconds * 1000;
  if (value === null || !HTTP_DATE.test(value.trim())) return undefined;
  // The oldest form names no zone and means Greenwich's; without one it would be read as ours.
  const at = Date.parse(/\d$/.test(value.trim()) ? `${value} GMT` : value);
  return Number.isNaN(at) || at < nowMs ? undefined : at - nowMs;
}

function latestReset(headers: ReadableHeaders, nowMs: number): number | undefined {
  const waits = [...headers].filter(([name]) => name.startsWith(RESET_PREFIX))
    .map(([, value]) => reset(value, nowMs)).filter((wait) => wait !== undefined);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** Numbers from here on are points in time, not durations. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MILLISECONDS = 1_000_000_000_000;

/** Reads "12", "1.5", "6m0s", "20ms", or seconds or milliseconds since the epoch. */
function reset(value: string, nowMs: number): number | undefined {
  const number = milliseconds(value);
  if (number === undefined) return duration(value.trim());
  if (number < EPOCH_SECONDS) return number * 1000;
  const at = number < EPOCH_MILLISECONDS ? number * 1000 : number;
  return at < nowMs ? undefined : at - nowMs;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function duration(value: string): number | undefined {
  if (value.length > 32 || !/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, number, , unit] of value.matchAll(/(\d+(\.\d+)?)(ms|[smhd])/g)) {
    sum += Number(number) * UNIT_MS[unit!]!;
  }
  return sum;
}
