/** How a `stub:` URL asks for a behaviour. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Behaviour,
  BEHAVIOURS,
  parseBehaviour,
  stubUrlProblem,
} from "../../../lib/stub/behaviour.ts";

const PLAIN: Behaviour = { name: "ok", failEvery: 0, status: 503, delayMs: 0, chunkMs: 0 };

const asked: { url: string; behaviour: Behaviour }[] = [
  { url: "stub:ok", behaviour: PLAIN },
  { url: "stub:ok/v1/chat/completions", behaviour: PLAIN },
  { url: "stub:flaky", behaviour: { ...PLAIN, name: "flaky", failEvery: 3 } },
  {
    url: "stub:flaky?every=2&status=429&retryAfter=7",
    behaviour: { ...PLAIN, name: "flaky", failEvery: 2, status: 429, retryAfter: 7 },
  },
  { url: "stub:fail?status=529", behaviour: { ...PLAIN, name: "fail", failEvery: 1, status: 529 } },
  { url: "stub:slow", behaviour: { ...PLAIN, name: "slow", delayMs: 2_000, chunkMs: 100 } },
  {
    url: "stub:slow/v1/messages?delayMs=0&chunkMs=5",
    behaviour: { ...PLAIN, name: "slow", delayMs: 0, chunkMs: 5 },
  },
];

const wrong: { url: string; problem: string }[] = [
  { url: "stub:flacky", problem: 'unknown stub "flacky", did you mean "flaky"?' },
  { url: "stub:OK", problem: 'unknown stub "OK", did you mean "ok"?' },
  {
    url: "stub:",
    problem: 'unknown stub "", expected one of stub:ok, stub:flaky, stub:fail, stub:slow',
  },
  {
    url: "stub:constructor",
    problem:
      'unknown stub "constructor", expected one of stub:ok, stub:flaky, stub:fail, stub:slow',
  },
  { url: "stub:ok?delay=1", problem: 'unknown option "delay", did you mean "delayMs"?' },
  { url: "stub:ok?__proto__=1", problem: 'unknown option "__proto__"' },
  {
    url: "stub:fail?status=200",
    problem: 'option "status": expected a whole number from 400 to 599',
  },
  {
    url: "stub:flaky?every=0",
    problem: 'option "every": expected a whole number from 1 to 1000000',
  },
  {
    url: "stub:ok?delayMs=",
    problem: 'option "delayMs": expected a whole number from 0 to 600000',
  },
  {
    url: "stub:ok?chunkMs=1.5",
    problem: 'option "chunkMs": expected a whole number from 0 to 60000',
  },
];

describe("parseBehaviour()", () => {
  for (const { url, behaviour } of asked) {
    it(`reads ${url}`, () => assertEquals(parseBehaviour(new URL(url)), { behaviour }));
  }
  for (const { url, problem } of wrong) {
    it(`refuses ${url}`, () => assertEquals(parseBehaviour(new URL(url)), { problem }));
  }

  it("knows every behaviour of the catalogue", () => {
    for (const name of Object.keys(BEHAVIOURS)) {
      assertEquals(stubUrlProblem(new URL(`stub:${name}`)), undefined);
    }
  });
});

describe("stubUrlProblem()", () => {
  it("gives the problem alone", () => {
    assertEquals(stubUrlProblem(new URL("stub:okk")), 'unknown stub "okk", did you mean "ok"?');
  });
});
