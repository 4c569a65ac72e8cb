/** Who rests after a failure, how long, and who may look whether it is well again. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Cooldowns, type RestOptions } from "../../../lib/fallback/cooldown.ts";
import { type Candidate, candidateOf } from "../../../lib/routing/candidate.ts";
import { routeOf } from "../../example_config.ts";
import { FakeClock } from "../../fake_clock.ts";

/** Cooldowns without jitter, unless a test asks for some. */
function begin(random: () => number = () => 0.5) {
  const clock = new FakeClock();
  return { clock, cooldowns: new Cooldowns(clock, random) };
}

const ROUTE = routeOf("url: https://h/v1, apiKey: key-1");
const one = candidateOf(ROUTE, "one");
/** Another model with the same key at the same host. */
const sibling = candidateOf(ROUTE, "two");
const otherKey = candidateOf(routeOf("url: https://h/v1, apiKey: key-2"), "one");
const otherHost = candidateOf(routeOf("url: https://i/v1, apiKey: key-1"), "one");

const FAILURE: RestOptions = { reason: "failure" };

function remaining(cooldowns: Cooldowns, candidate: Candidate): number {
  return cooldowns.restOf(candidate)?.remainingMs ?? 0;
}

/** Lets the rest pass and a probe fail, so many times; how long each rest was. */
function failures(count: number, { clock, cooldowns }: ReturnType<typeof begin>): number[] {
  return Array.from({ length: count }, () => {
    clock.advance(remaining(cooldowns, one));
    const release = cooldowns.claim(one);
    cooldowns.rest(one, FAILURE);
    release();
    return remaining(cooldowns, one);
  });
}

describe("Cooldowns", () => {
  it("let everybody be asked at first", () => {
    assertEquals(begin().cooldowns.restOf(one), undefined);
  });

  it("let a candidate rest that failed, and no other", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, { reason: "failure", status: 503 });
    assertEquals(cooldowns.restOf(one), { reason: "failure", remainingMs: 1_000, status: 503 });
    for (const other of [sibling, otherKey, otherHost]) {
      assertEquals(cooldowns.restOf(other), undefined);
    }
  });

  it("end a rest when its time is over", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    clock.advance(999);
    assertEquals(remaining(cooldowns, one), 1);
    clock.advance(1);
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("double the rest with each failure, up to a minute, and stay there", () => {
    const seconds = failures(9, begin()).map((ms) => ms / 1000);
    assertEquals(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("vary a rest by a fifth at most", () => {
    assertEquals(failures(1, begin(() => 0)), [800]);
    assertEquals(failures(1, begin(() => 1)), [1_200]);
  });

  it("go on doubling where health lasted less than a minute", () => {
    const setting = begin();
    failures(3, setting);
    setting.cooldowns.recover(one);
    setting.clock.advance(59_999);
    setting.cooldowns.recover(one);
    setting.cooldowns.rest(one, FAILURE);
    assertEquals(remaining(setting.cooldowns, one), 8_000);
  });

  it("halve the failures with each healthy minute, however many answers it had", () => {
    const setting = begin();
    const { clock, cooldowns } = setting;
    failures(6, setting);
    for (let second = 0; second < 120; second++) {
      cooldowns.recover(one);
      clock.advance(1_000);
    }
    // Two minutes leave one failure of six; the next is the second.
    cooldowns.rest(one, FAILURE);
    assertEquals(remaining(cooldowns, one), 2_000);
  });

  it("do not count time at rest as health", () => {
    const setting = begin();
    failures(7, setting);
    setting.clock.advance(600_000);
    assertEquals(failures(1, setting), [60_000]);
  });

  it("forget failures after hours of health", () => {
    const setting = begin();
    failures(9, setting);
    setting.cooldowns.recover(one);
    setting.clock.advance(86_400_000);
    assertEquals(failures(1, setting), [1_000]);
  });

  it("let a candidate rest as long as its upstream asked for", () => {
    const { cooldowns } = begin(() => 0);
    cooldowns.rest(one, { reason: "directed", waitMs: 45_000, status: 429 });
    assertEquals(cooldowns.restOf(one), { reason: "directed", remainingMs: 45_000, status: 429 });
  });

  it("let a candidate be asked at once whose upstream asked for no wait", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, { reason: "directed", waitMs: 0, status: 429 });
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("double the rest of a candidate whose upstream asks for no wait each time it fails", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, { reason: "directed", waitMs: 10, status: 429 });
    assertEquals(remaining(cooldowns, one), 10);
    cooldowns.rest(one, { reason: "directed", waitMs: 10, status: 429 });
    assertEquals(cooldowns.restOf(one), { reason: "failure", remainingMs: 2_000, status: 429 });
    cooldowns.rest(one, { reason: "directed", waitMs: 1_000, status: 429 });
    assertEquals(cooldowns.restOf(one)?.remainingMs, 1_000);
  });

  it("let a rejected key rest for five minutes", () => {
    const { cooldowns } = begin(() => 0);
    cooldowns.rest(one, { reason: "key-rejected", status: 403 });
    assertEquals(cooldowns.restOf(one)?.remainingMs, 300_000);
    assertEquals(cooldowns.restOf(sibling), undefined);
  });

  it("let all rest that share key and host where the key is at fault", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, { reason: "key-rejected", status: 401, isShared: true });
    assertEquals(remaining(cooldowns, one), 300_000);
    assertEquals(remaining(cooldowns, sibling), 300_000);
    assertEquals(cooldowns.restOf(otherKey), undefined);
    assertEquals(cooldowns.restOf(otherHost), undefined);
  });

  it("tell the longer of a candidate's own rest and the shared one", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, { reason: "directed", waitMs: 10_000, status: 429, isShared: true });
    cooldowns.rest(one, FAILURE);
    assertEquals(cooldowns.restOf(one)?.reason, "directed");
    cooldowns.rest(sibling, { reason: "directed", waitMs: 20_000, status: 503 });
    assertEquals(cooldowns.restOf(sibling)?.status, 503);
  });

  it("end a rest, the shared one too, when the candidate answers", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    cooldowns.rest(one, { reason: "key-rejected", status: 401, isShared: true });
    cooldowns.recover(one);
    assertEquals(cooldowns.restOf(one), undefined);
    assertEquals(cooldowns.restOf(sibling), undefined);
  });

  it("keep a rest that an upstream asked for when an earlier request is answered", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, { reason: "directed", waitMs: 30_000, status: 429 });
    clock.advance(5_000);
    cooldowns.recover(one);
    assertEquals(remaining(cooldowns, one), 25_000);
  });

  it("take a wait of less than a second for none once the candidate fails in a row", () => {
    const { clock, cooldowns } = begin();
    const atOnce: RestOptions = { reason: "directed", status: 429, waitMs: 10 };
    cooldowns.rest(one, atOnce);
    assertEquals(cooldowns.restOf(one)?.reason, "directed");
    clock.advance(10);
    cooldowns.rest(one, atOnce);
    assertEquals(cooldowns.restOf(one), { reason: "failure", remainingMs: 2_000, status: 429 });
  });

  it("outlive a reload: the same place, model and key are the same candidate", () => {
    const { cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    const again = candidateOf(routeOf("url: https://h/v1, apiKey: key-1, weight: 7"), "one");
    assertEquals(remaining(cooldowns, again), 1_000);
  });

  it("remember boundedly many candidates, the latest to fail", () => {
    const { cooldowns } = begin();
    const route = routeOf("url: https://h/v1, apiKey: key-1");
    for (let index = 0; index < 10_001; index++) {
      cooldowns.rest(candidateOf(route, `model-${index}`), FAILURE);
    }
    assertEquals(cooldowns.restOf(candidateOf(route, "model-0")), undefined);
    assert(cooldowns.restOf(candidateOf(route, "model-1")));
  });
});

describe("Cooldowns on requests that were under way together", () => {
  it("count their failures as one", () => {
    const setting = begin();
    const { clock, cooldowns } = setting;
    clock.advance(100);
    for (const startedAtMs of [10, 20, 100]) cooldowns.rest(one, { ...FAILURE, startedAtMs });
    assertEquals(remaining(cooldowns, one), 1_000);
    clock.advance(400);
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 50 });
    assertEquals(remaining(cooldowns, one), 600);
    clock.advance(1);
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 101 });
    assertEquals(remaining(cooldowns, one), 2_000);
  });

  it("count a failure after the candidate was well again", () => {
    const { clock, cooldowns } = begin();
    clock.advance(100);
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 10 });
    cooldowns.recover(one);
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 20 });
    assertEquals(remaining(cooldowns, one), 2_000);
  });

  it("take the wait that one of them is told for all", () => {
    const { clock, cooldowns } = begin();
    clock.advance(100);
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 10 });
    const directed = { reason: "directed", status: 429, startedAtMs: 20 } as const;
    cooldowns.rest(one, { ...directed, waitMs: 30_000 });
    assertEquals(cooldowns.restOf(one), { reason: "directed", remainingMs: 30_000, status: 429 });
    cooldowns.rest(one, { ...directed, waitMs: 5_000 });
    cooldowns.rest(one, { ...FAILURE, startedAtMs: 30 });
    assertEquals(cooldowns.restOf(one), { reason: "directed", remainingMs: 30_000, status: 429 });
  });
});

describe("Cooldowns.claim()", () => {
  it("lets one request probe, and keeps everybody else away meanwhile", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    clock.advance(1_000);
    assertEquals(cooldowns.restOf(one), undefined);
    const release = cooldowns.claim(one);
    assertEquals(cooldowns.restOf(one), { reason: "failure", remainingMs: 0 });
    release();
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("lets nobody end the probe of another request", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    clock.advance(1_000);
    const release = cooldowns.claim(one);
    cooldowns.claim(one)();
    assertEquals(cooldowns.restOf(one)?.remainingMs, 0);
    release();
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("leaves a rest alone that began with the probe's own failure", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    clock.advance(1_000);
    const release = cooldowns.claim(one);
    cooldowns.rest(one, FAILURE);
    release();
    assertEquals(remaining(cooldowns, one), 2_000);
  });

  it("keeps nobody away from a candidate that never failed", () => {
    const { cooldowns } = begin();
    cooldowns.claim(one);
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("keeps nobody away from a candidate that is well again", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, FAILURE);
    clock.advance(1_000);
    const release = cooldowns.claim(one);
    cooldowns.recover(one);
    release();
    cooldowns.claim(one);
    assertEquals(cooldowns.restOf(one), undefined);
  });

  it("probes for all that share a key", () => {
    const { clock, cooldowns } = begin();
    cooldowns.rest(one, { reason: "key-rejected", status: 401, isShared: true });
    clock.advance(300_000);
    const release = cooldowns.claim(one);
    assertEquals(cooldowns.restOf(sibling)?.remainingMs, 0);
    release();
    assertEquals(cooldowns.restOf(sibling), undefined);
  });
});
