/** What is noted of an attempt, and how its candidate rests. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  detailOf,
  isClientsOwnKey,
  recordOf,
  restFor,
} from "../../../lib/fallback/attempt_record.ts";
import type { RestOptions } from "../../../lib/fallback/cooldown.ts";
import type { Outcome } from "../../../lib/fallback/outcome.ts";
import { candidateOf } from "../../../lib/routing/candidate.ts";
import { routeOf } from "../../example_config.ts";
import { answered, refused, untranslatable } from "./outcomes.ts";

const candidate = candidateOf(routeOf("url: https://h, name: one"), "m");

const records: { name: string; outcome: Outcome; status?: number; reason?: string }[] = [
  { name: "an answer", outcome: answered(), status: 200 },
  { name: "an empty answer", outcome: answered({ isEmpty: true }), status: 200, reason: "empty" },
  { name: "an upstream that says no", outcome: refused(429), status: 429 },
  { name: "a timeout", outcome: { kind: "ambiguous", reason: "timeout" }, reason: "timeout" },
  {
    name: "a refused connection",
    outcome: { kind: "not-sent", reason: "refused" },
    reason: "refused",
  },
  { name: "a stale connection", outcome: { kind: "stale-socket" }, reason: "reset" },
  {
    name: "an answer that is none",
    outcome: { kind: "broken", reason: "malformed", isStream: false, status: 200 },
    reason: "malformed",
  },
  { name: "a request not to be written", outcome: untranslatable(), reason: "untranslatable" },
  {
    name: "one that says why",
    outcome: untranslatable("translation_loss"),
    reason: "translation_loss",
  },
  { name: "a client that left", outcome: { kind: "client-gone" }, reason: "client-gone" },
];

describe("recordOf()", () => {
  for (const { name, outcome, ...told } of records) {
    it(`notes ${name}`, () => {
      assertEquals(recordOf(candidate, outcome, 12.6), {
        model: "m",
        route: "one",
        ms: 13,
        ...told,
      });
    });
  }
});

const WAIT = { headers: { "retry-after": "7" } };

const rests: {
  name: string;
  outcome: Outcome;
  cooldown?: Parameters<typeof restFor>[1];
  rest: RestOptions;
}[] = [
  {
    name: "a failure without a status",
    outcome: { kind: "ambiguous", reason: "reset" },
    rest: { reason: "failure" },
  },
  {
    name: "a status that asks for no wait",
    outcome: refused(503),
    rest: { reason: "failure", status: 503 },
  },
  {
    name: "a status that asks for a wait",
    outcome: refused(503, WAIT),
    rest: { reason: "directed", status: 503, waitMs: 7_000 },
  },
  {
    name: "a 429 of this moment's traffic, for its candidate alone",
    outcome: refused(429, { ...WAIT, fault: { message: "Rate limit reached for requests" } }),
    rest: { reason: "directed", status: 429, waitMs: 7_000 },
  },
  {
    name: "a 429 that speaks of the quota, for all that share the key",
    outcome: refused(429, { fault: { message: "You exceeded your current quota" } }),
    rest: { reason: "failure", status: 429, isShared: true },
  },
  {
    name: "a 429 that speaks of billing, for all that share the key",
    outcome: refused(429, { fault: { message: "Check your billing details" } }),
    rest: { reason: "failure", status: 429, isShared: true },
  },
  {
    name: "a 401, for all that share the key",
    outcome: refused(401, WAIT),
    cooldown: "key rejected",
    rest: { reason: "key-rejected", status: 401, isShared: true },
  },
  {
    name: "a 402, for all that share the key",
    outcome: refused(402),
    cooldown: "key rejected",
    rest: { reason: "key-rejected", status: 402, isShared: true },
  },
  {
    name: "a 403, for its candidate alone",
    outcome: refused(403),
    cooldown: "key rejected",
    rest: { reason: "key-rejected", status: 403 },
  },
  {
    name: "a 404, for its candidate alone",
    outcome: refused(404),
    cooldown: "key rejected",
    rest: { reason: "key-rejected", status: 404 },
  },
];

describe("restFor()", () => {
  for (const { name, outcome, cooldown = "failure or Retry-After", rest } of rests) {
    it(`lets a candidate rest after ${name}`, () => {
      assertEquals(restFor(outcome, cooldown, 0), rest);
    });
  }
});

describe("detailOf()", () => {
  it("says loudly that a key was rejected, and keeps the upstream's words", () => {
    for (const status of [401, 402, 403]) {
      assertEquals(detailOf(refused(status))?.startsWith("key rejected"), true);
    }
    assertEquals(detailOf(refused(429))?.includes("key rejected") ?? false, false);
  });
});

describe("isClientsOwnKey()", () => {
  const forwarding = candidateOf(routeOf("url: https://h"), "m");
  const keyed = candidateOf(routeOf("url: https://h, apiKey: abcdefgh"), "m");

  it("is true only for a refused key that the client brought", () => {
    assertEquals(isClientsOwnKey(forwarding, refused(401)), true);
    assertEquals(isClientsOwnKey(forwarding, refused(500)), false);
    assertEquals(isClientsOwnKey(keyed, refused(401)), false);
  });
});
