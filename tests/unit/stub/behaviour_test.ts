/** How a `stub:` URL asks for a behaviour. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Behaviour,
  parseBehaviour,
  perform,
  stubUrlProblem,
} from "../../../lib/stub/behaviour.ts";
import { befalls } from "../../../lib/stub/fault_options.ts";
import { FAULTS } from "../../../lib/stub/faults.ts";
import type { WireStep } from "../../../lib/stub/wire.ts";

const asked: { url: string; behaviour: Behaviour }[] = [
  { url: "stub:ok", behaviour: { name: "ok", options: {} } },
  { url: "stub:ok/v1/chat/completions", behaviour: { name: "ok", options: {} } },
  {
    url: "stub:flaky?every=2&status=429&retryAfter=7",
    behaviour: { name: "flaky", options: { every: 2, status: 429, retryAfter: 7 } },
  },
  {
    url: "stub:reset-after/v1/messages?after=0&chance=30&seed=9&delayMs=5",
    behaviour: { name: "reset-after", options: { after: 0, chance: 30, seed: 9, delayMs: 5 } },
  },
];

const KNOWN = Object.keys(FAULTS).map((name) => `stub:${name}`).join(", ");

const wrong: { url: string; problem: string }[] = [
  { url: "stub:flacky", problem: 'unknown stub "flacky", did you mean "flaky"?' },
  { url: "stub:OK", problem: 'unknown stub "OK", did you mean "ok"?' },
  { url: "stub:", problem: `unknown stub "", expected one of ${KNOWN}` },
  { url: "stub:constructor", problem: `unknown stub "constructor", expected one of ${KNOWN}` },
  { url: "stub:ok?delay=1", problem: 'unknown option "delay", did you mean "delayMs"?' },
  { url: "stub:ok?__proto__=1", problem: 'unknown option "__proto__"' },
  { url: "stub:ok?of@1/secret-0001=1", problem: 'unknown option "of…"' },
  { url: "stub:ok?status=503", problem: 'unknown option "status"' },
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
    for (const name of Object.keys(FAULTS)) {
      assertEquals(stubUrlProblem(new URL(`stub:${name}`)), undefined);
    }
  });
});

describe("stubUrlProblem()", () => {
  it("gives the problem alone", () => {
    assertEquals(stubUrlProblem(new URL("stub:okk")), 'unknown stub "okk", did you mean "ok"?');
  });
});

/** The calls from 1 to `count` that a fault befalls. */
function befallen(options: Parameters<typeof befalls>[0], count = 9): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
    .filter((call) => befalls(options, call));
}

describe("befalls()", () => {
  it("takes every call when nothing is said", () => {
    assertEquals(befallen({}, 3), [1, 2, 3]);
  });

  it("takes the first of so many with every", () => {
    assertEquals(befallen({ every: 4 }), [1, 5, 9]);
  });

  it("takes about so many in a hundred with chance, the same ones at every run", () => {
    const taken = befallen({ chance: 30, seed: 5 }, 10_000);
    assertEquals(taken.length > 2_700 && taken.length < 3_300, true, `${taken.length} were taken`);
    assertEquals(befallen({ chance: 30, seed: 5 }, 10_000), taken);
  });

  it("takes other ones with another seed", () => {
    const sets = [1, 2, 3].map((seed) => befallen({ chance: 50, seed }, 64).join());
    assertEquals(new Set(sets).size, 3);
  });

  it("takes none with a chance of 0", () => {
    assertEquals(befallen({ chance: 0 }, 1_000), []);
  });
});

describe("perform()", () => {
  const question = {
    endpoint: "/chat/completions",
    body: { model: "m", messages: [{ role: "user", content: "hello" }] },
    id: "stub-1",
  };
  const waits = (steps: Iterable<WireStep>) =>
    [...steps].flatMap((step) => step.do === "wait" ? [step.ms] : []);

  it("tells no fault of an answer that went well", () => {
    const { fault } = perform(question, { behaviour: { name: "flaky", options: {} } }, 2);
    assertEquals(fault, undefined);
  });

  it("waits as the pace says, and as a fault says that has a pace of its own", () => {
    const pace = { delayMs: 5 };
    assertEquals(waits(perform(question, { pace }, 1).steps), [5]);
    const behaviour = { name: "slow", options: {} };
    assertEquals(waits(perform(question, { pace, behaviour }, 1).steps), [2_000]);
  });

  it("answers what its protocol forbids with that protocol's 400", () => {
    const [head] = perform({ ...question, body: { model: "m" } }, {}, 1).steps;
    assertEquals(head?.do === "head" && head.status, 400);
  });
});
