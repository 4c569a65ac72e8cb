/** What follows from each way in which an attempt can end. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DEFAULT_RETRY_STATUS_CODES } from "../../../lib/config/builder.ts";
import type { Outcome } from "../../../lib/fallback/outcome.ts";
import {
  classify,
  type OutcomeClass,
  type VerdictRules,
  VERDICTS,
} from "../../../lib/fallback/verdict.ts";
import { answered, refused, untranslatable } from "./outcomes.ts";

const RULES: VerdictRules = {
  retryStatusCodes: new Set(DEFAULT_RETRY_STATUS_CODES),
  strictRetryList: false,
  emptyIsFailure: true,
  hasOthers: true,
};

const rows: {
  name: string;
  outcome: Outcome;
  rules?: Partial<VerdictRules>;
  is: OutcomeClass;
}[] = [
  { name: "an answer", outcome: answered(), is: "answered" },
  { name: "an empty answer", outcome: answered({ isEmpty: true }), is: "empty answer" },
  {
    name: "an empty answer where that is no failure",
    outcome: answered({ isEmpty: true }),
    rules: { emptyIsFailure: false },
    is: "answered",
  },
  {
    name: "an address that refuses",
    outcome: { kind: "not-sent", reason: "refused" },
    is: "not sent",
  },
  {
    name: "a kept connection that was closed",
    outcome: { kind: "stale-socket" },
    is: "stale socket",
  },
  {
    name: "a reset after sending",
    outcome: { kind: "ambiguous", reason: "reset" },
    is: "ambiguous",
  },
  {
    name: "HTML with a good status",
    outcome: { kind: "broken", reason: "html", isStream: false, status: 200 },
    is: "broken success",
  },
  {
    name: "a redirect",
    outcome: { kind: "broken", reason: "redirect", isStream: false, status: 302 },
    is: "broken success",
  },
  {
    name: "a stream that begins with an error",
    outcome: { kind: "broken", reason: "error-event", isStream: true, status: 200 },
    is: "broken stream start",
  },
  { name: "a request that cannot be written", outcome: untranslatable(), is: "untranslatable" },
  { name: "a client that left", outcome: { kind: "client-gone" }, is: "client gone" },
  {
    name: "a 400 that says the account is empty",
    outcome: refused(400, { fault: { kind: "billing" } }),
    is: "candidate at fault",
  },
  {
    name: "a 400 that says the account is empty, of a lone candidate",
    outcome: refused(400, { fault: { kind: "billing" } }),
    rules: { hasOthers: false },
    is: "client's fault",
  },
  {
    name: "a 429 that says the quota is used up",
    outcome: refused(429, { fault: { kind: "billing" } }),
    is: "status",
  },
];

const statuses: {
  is: OutcomeClass;
  codes: number[];
  rules?: Partial<VerdictRules>;
  when: string;
}[] = [
  { is: "status", codes: [412, 429, 500, 502, 503, 504], when: "as the usual list says" },
  {
    is: "status",
    codes: [408, 425, 529, 520, 521, 522, 523, 524],
    when: "as it is built in",
  },
  {
    is: "other",
    codes: [408, 425, 529, 520, 521, 522, 523, 524],
    rules: { strictRetryList: true },
    when: "where only the list counts",
  },
  {
    is: "status",
    codes: [429, 503],
    rules: { strictRetryList: true },
    when: "where only the list counts",
  },
  { is: "candidate at fault", codes: [401, 402, 403, 404], when: "where others may follow" },
  {
    is: "other",
    codes: [401, 402, 403, 404],
    rules: { hasOthers: false },
    when: "where nobody follows",
  },
  {
    is: "client's fault",
    codes: [400, 405, 406, 411, 413, 414, 415, 422, 431],
    when: "whoever follows",
  },
  {
    is: "other",
    codes: [407, 409, 410, 418, 451, 501, 505, 599],
    when: "as nothing is said of it",
  },
  {
    is: "status",
    codes: [400, 401, 404, 418, 422],
    rules: { retryStatusCodes: new Set([400, 401, 404, 418, 422]) },
    when: "where the user's list says so",
  },
  {
    is: "other",
    codes: [500, 502, 503],
    rules: { retryStatusCodes: new Set([429]) },
    when: "where the user's list does not have it",
  },
];

describe("classify()", () => {
  for (const { name, outcome, rules = {}, is } of rows) {
    it(`takes ${name} for "${is}"`, () => {
      assertEquals(classify(outcome, { ...RULES, ...rules }), is);
    });
  }

  for (const { is, codes, rules = {}, when } of statuses) {
    for (const status of codes) {
      it(`takes ${status} for "${is}" ${when}`, () => {
        assertEquals(classify(refused(status), { ...RULES, ...rules }), is);
      });
    }
  }
});

/** Next candidate, cooldown, the same candidate again, health. */
const table: Record<
  OutcomeClass,
  [next: boolean, cooldown: string, again: string, health: string]
> = {
  "answered": [false, "none", "no", "ok"],
  "empty answer": [true, "none", "no", "failed"],
  "not sent": [true, "failure", "once, when it is the only candidate", "failed"],
  "stale socket": [true, "none", "once, on a fresh connection", "none"],
  "ambiguous": [true, "failure", "no", "failed"],
  "status": [true, "failure or Retry-After", "no", "failed"],
  "candidate at fault": [true, "key rejected", "no", "failed"],
  "broken success": [true, "failure", "no", "failed"],
  "broken stream start": [true, "failure", "no", "failed"],
  "client's fault": [false, "none", "no", "none"],
  "untranslatable": [true, "none", "no", "none"],
  "other": [false, "none", "no", "none"],
  "client gone": [false, "none", "no", "none"],
};

describe("VERDICTS", () => {
  for (const [name, [next, cooldown, again, health]] of Object.entries(table)) {
    it(`says after "${name}": ${next ? "next candidate" : "stop"}, cooldown ${cooldown}`, () => {
      const verdict = VERDICTS[name as OutcomeClass];
      assertEquals(verdict as unknown, { next, cooldown, again, health });
    });
  }

  it("has no other row", () => assertEquals(Object.keys(VERDICTS), Object.keys(table)));
});
