/** When an upstream says it wants to be asked again, in every form that is seen. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MAX_RETRY_AFTER_MS, retryAfterMs } from "../../../lib/fallback/retry_after.ts";
import { forSeeds } from "../../properties/budget.ts";

const NOW_MS = Date.UTC(2025, 0, 1, 12);
const NOW_S = NOW_MS / 1000;

const rows: { name: string; headers: Record<string, string>; ms: number | undefined }[] = [
  { name: "seconds", headers: { "retry-after": "3" }, ms: 3_000 },
  { name: "seconds with decimals", headers: { "retry-after": "1.5" }, ms: 1_500 },
  { name: "zero seconds", headers: { "retry-after": "0" }, ms: 0 },
  { name: "seconds between spaces", headers: { "retry-after": " 7 " }, ms: 7_000 },
  { name: "milliseconds", headers: { "retry-after-ms": "250" }, ms: 250 },
  {
    name: "milliseconds before seconds",
    headers: { "retry-after-ms": "250", "retry-after": "9" },
    ms: 250,
  },
  {
    name: "seconds where the milliseconds are garbage",
    headers: { "retry-after-ms": "soon", "retry-after": "9" },
    ms: 9_000,
  },
  { name: "a date", headers: { "retry-after": "Wed, 01 Jan 2025 12:00:10 GMT" }, ms: 10_000 },
  {
    name: "a date of RFC 850",
    headers: { "retry-after": "Wednesday, 01-Jan-25 12:00:10 GMT" },
    ms: 10_000,
  },
  {
    name: "a date of asctime, in Greenwich",
    headers: { "retry-after": "Wed Jan  1 12:00:10 2025" },
    ms: 10_000,
  },
  {
    name: "a date of this moment",
    headers: { "retry-after": "Wed, 01 Jan 2025 12:00:00 GMT" },
    ms: 0,
  },
  { name: "a limit's reset in seconds", headers: { "x-ratelimit-reset": "12" }, ms: 12_000 },
  {
    name: "a limit's reset at a second",
    headers: { "x-ratelimit-reset": String(NOW_S + 20) },
    ms: 20_000,
  },
  {
    name: "a limit's reset at a millisecond",
    headers: { "x-ratelimit-reset": String(NOW_MS + 20) },
    ms: 20,
  },
  {
    name: "a limit's reset in units",
    headers: { "x-ratelimit-reset-requests": "1m2.5s" },
    ms: 62_500,
  },
  {
    name: "a limit's reset in milliseconds",
    headers: { "x-ratelimit-reset-tokens": "20ms" },
    ms: 20,
  },
  {
    name: "a limit's reset under another name",
    headers: { "x-ratelimit-reset-after": "2" },
    ms: 2_000,
  },
  {
    name: "the latest of several resets",
    headers: { "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "4s" },
    ms: 4_000,
  },
  {
    name: "retry-after before any reset",
    headers: { "retry-after": "1", "x-ratelimit-reset-tokens": "40s" },
    ms: 1_000,
  },
  {
    name: "a reset where retry-after is garbage",
    headers: { "retry-after": "later", "x-ratelimit-reset-tokens": "4s" },
    ms: 4_000,
  },
  { name: "at most 300 seconds", headers: { "retry-after": "86400" }, ms: MAX_RETRY_AFTER_MS },
  {
    name: "at most 300 seconds of a far date",
    headers: { "retry-after": "Thu, 01 Jan 2099 00:00:00 GMT" },
    ms: MAX_RETRY_AFTER_MS,
  },
  {
    name: "at most 300 seconds of many digits",
    headers: { "retry-after": "9".repeat(400) },
    ms: MAX_RETRY_AFTER_MS,
  },
  {
    name: "at most 300 seconds of hours",
    headers: { "x-ratelimit-reset": "6h" },
    ms: MAX_RETRY_AFTER_MS,
  },
  {
    name: "nothing where no header says so",
    headers: { date: "x", "x-ratelimit-limit": "1" },
    ms: undefined,
  },
  {
    name: "nothing of a date in the past",
    headers: { "retry-after": "Wed, 01 Jan 2025 11:59:59 GMT" },
    ms: undefined,
  },
  {
    name: "nothing of a reset in the past",
    headers: { "x-ratelimit-reset": String(NOW_S - 1) },
    ms: undefined,
  },
];

const GARBAGE = [
  "",
  "-5",
  "-0.1",
  "+5",
  "5 seconds",
  "1,5",
  "1e3",
  "0x10",
  "Infinity",
  "NaN",
  "null",
  "soon 2099",
  "Sunday 2099",
  "2099-01-01T00:00:00Z",
  "Jan 1 2099",
  "5;drop",
  "1.2.3",
  ".5",
  "5.",
];

describe("retryAfterMs()", () => {
  for (const { name, headers, ms } of rows) {
    it(`reads ${name}`, () => assertEquals(retryAfterMs(new Headers(headers), NOW_MS), ms));
  }

  for (const value of GARBAGE) {
    it(`takes "${value}" for absent`, () => {
      for (const name of ["retry-after", "retry-after-ms", "x-ratelimit-reset"]) {
        assertEquals(retryAfterMs(new Headers({ [name]: value }), NOW_MS), undefined);
      }
    });
  }

  it("gives for any headers nothing or a wait within bounds", () => {
    const pieces = [
      "0",
      "1",
      "9",
      "17",
      "1735732800",
      ".",
      "-",
      "+",
      "e",
      " ",
      ",",
      ":",
      "ms",
      "s",
      "m",
      "h",
      "d",
      "Wed",
      "Wed, ",
      "01",
      " Jan ",
      "2025",
      "2099",
      "12:00:00",
      " GMT",
      "NaN",
      "Infinity",
    ];
    const names = [
      "retry-after",
      "retry-after-ms",
      "x-ratelimit-reset",
      "x-ratelimit-reset-tokens",
    ];
    forSeeds((random) => {
      const headers = new Headers();
      for (const name of names.filter(() => random.oneIn(2))) {
        headers.set(
          name,
          Array.from({ length: random.below(6) }, () => random.pick(pieces)).join(""),
        );
      }
      const wait = retryAfterMs(headers, random.pick([0, NOW_MS, NOW_MS + 0.5]));
      const isSane = wait === undefined || (wait >= 0 && wait <= MAX_RETRY_AFTER_MS);
      assert(isSane, `${wait} of ${JSON.stringify([...headers])}`);
    });
  });
});
