/**
 * `Retry-After` and its kin as upstreams write them, and as no upstream ever did.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "../../lib/fallback/retry_after.ts";
import type { Random } from "../properties/random.ts";
import { Tally, type Target } from "./target.ts";

const NOW_MS = Date.UTC(2026, 0, 15, 12);
const NAMES = [
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-reset",
  "x-ratelimit-reset-requests",
  "x-ratelimit-reset-tokens",
];
const PIECES = [
  ..."0123456789",
  "00",
  ".",
  "-",
  "+",
  " ",
  ",",
  ";",
  "e9",
  "1e309",
  "0x1f",
  "ms",
  "s",
  "m",
  "h",
  "d",
  "9999999999",
  "1700000000000",
  "Infinity",
  "NaN",
  "null",
  "\t",
  "Thu, 15 Jan 2026 12:00:30 GMT",
  "Thursday, 15-Jan-26 12:00:30 GMT",
  "Thu Jan 15 12:00:30 2026",
  "Thu, ",
  "15 Jan 2026 ",
  "12:00:30",
  "24:61:99",
  "GMT",
  "+0200",
  "2026-01-15T12:00:30Z",
  "\u00e9",
];
const met = new Tally();

function value(random: Random): string {
  const count = 1 + random.below(random.pick([2, 4, 8, 60]));
  return Array.from({ length: count }, () => random.pick(PIECES)).join("");
}

function headersOf(random: Random): Headers {
  const headers = new Headers();
  for (let count = 1 + random.below(3); count > 0; count--) {
    headers.append(random.pick(NAMES), value(random));
  }
  return headers;
}

/** The target. */
export const retryAfterTarget: Target = {
  properties: new Map([
    ["Any headers are a wait within the cap, or none", (random: Random) => {
      const headers = headersOf(random);
      const wait = retryAfterMs(headers, NOW_MS);
      met.add(wait === undefined ? "absent" : wait === MAX_RETRY_AFTER_MS ? "capped" : "a wait");
      const isRight = wait === undefined || (wait >= 0 && wait <= MAX_RETRY_AFTER_MS);
      assert(isRight, `${JSON.stringify([...headers])} is ${wait}`);
    }],
    ["Seconds are read exactly, up to the cap", (random: Random) => {
      const seconds = random.below(random.pick([10, 1_000, 1_000_000]));
      const text = random.oneIn(2) ? String(seconds) : `${seconds}.${random.below(10)}`;
      const headers = new Headers({ "retry-after": text });
      assertEquals(retryAfterMs(headers, NOW_MS), Math.min(Number(text) * 1000, 300_000), text);
    }],
    ["A date is the time until it, and one in the past is none", (random: Random) => {
      const seconds = random.below(2_000) - 1_000;
      const date = new Date(NOW_MS + seconds * 1_000).toUTCString();
      const wait = retryAfterMs(new Headers({ "retry-after": date }), NOW_MS);
      const expected = seconds < 0 ? undefined : Math.min(seconds * 1_000, 300_000);
      assertEquals(wait, expected, date);
    }],
  ]),
  summary: () => met.toString(),
};
