/** Every rule of fallback that speaks of time, on a clock that stands still. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { settled } from "../../fake_clock.ts";
import {
  type Act,
  after,
  answers,
  attemptsOf,
  breaks,
  chunk,
  isSilent,
  says,
  Scene,
  statusOf,
  streams,
} from "./scene.ts";

/** Routes `a`, `b`, … with a model each and a key of their own, tried in order. */
function routes(names: string, { top = "", each = "" } = {}): string {
  const list = [...names].map((name) =>
    `  - {name: ${name}, url: "http://${name}/v1", model: ${name}, apiKey: key-${name}${each}}`
  );
  return `auto: {policy: ordered}\n${top}\nroutes:\n${list.join("\n")}\n`;
}

const ROLE = chunk({ role: "assistant", content: "" });
const HEADS_ONLY = streams([], { end: "silence", type: "application/json" });

describe("An attempt", () => {
  it("has 60 s while another candidate is left", async () => {
    const scene = new Scene(routes("ab")).on("a", isSilent).on("b", answers());
    const asked = scene.ask();
    await scene.clock.advanceAsync(59_999);
    assertEquals(scene.hosts, "a");
    await scene.clock.advanceAsync(1);
    assertEquals(statusOf(asked.ended!), 200);
    assertEquals(scene.posts.map(({ atMs }) => atMs), [0, 60_000]);
  });

  it("has 600 s when it is the last", async () => {
    const scene = new Scene(routes("a")).on("a", isSilent);
    const asked = scene.ask();
    await scene.clock.advanceAsync(599_999);
    assertEquals(asked.ended, undefined);
    await scene.clock.advanceAsync(1);
    assertEquals(statusOf(asked.ended!), 504);
  });

  it("has 600 s when the others were tried", async () => {
    const scene = new Scene(routes("ab")).on("a", says(500)).on("b", after(599_000, answers()));
    assertEquals(statusOf(await scene.asking(599_000)), 200);
  });

  it("has 600 s when no more attempts may be made", async () => {
    const scene = new Scene(routes("ab", { top: "maxAttempts: 1" }))
      .on("a", after(599_000, answers()));
    assertEquals(statusOf(await scene.asking(599_000)), 200);
  });

  it("has 600 s when the others were told to wait for longer than a minute", async () => {
    const scene = new Scene(routes("ab")).on("b", says(429, { "retry-after": "90" }));
    await scene.asking(0, { model: "b" });
    scene.on("a", after(100_000, answers()));
    assertEquals(statusOf(await scene.asking(100_000)), 200);
  });

  it("has 60 s when the others were told to wait for less, as they are ready then", async () => {
    const scene = new Scene(routes("ab")).on("b", says(429, { "retry-after": "50" }));
    await scene.asking(0, { model: "b" });
    scene.on("a", isSilent).on("b", answers());
    const ended = await scene.asking(60_000);
    assertEquals([attemptsOf(ended), ended.atMs], ["timeout 200", 60_000]);
  });

  for (
    const [what, act, isStream] of [
      ["its head", isSilent, false],
      ["its whole answer", HEADS_ONLY, false],
      ["the first word of its stream", streams([ROLE], { end: "silence" }), true],
    ] as const
  ) {
    it(`has its time for ${what}, counted from its start`, async () => {
      const scene = new Scene(routes("ab")).on("a", after(20_000, act)).on("b", answers());
      const ended = await scene.asking(60_000, { isStream });
      assertEquals([attemptsOf(ended), ended.atMs], ["timeout 200", 60_000]);
    });
  }

  it("has as long as the user says, whoever is left", async () => {
    const each = ", timeouts: {requestMs: 200000}";
    const scene = new Scene(routes("ab", { each })).on("a", after(199_000, answers()));
    assertEquals(statusOf(await scene.asking(199_000)), 200);
    scene.on("a", isSilent).on("b", answers());
    const ended = await scene.asking(200_000);
    // Behind 120 s nobody else is asked.
    assertEquals([statusOf(ended), scene.posts.at(-1)!.host], [504, "a"]);
  });

  it("has as long for its head as the user says", async () => {
    const each = ", timeouts: {firstByteMs: 5000}";
    const scene = new Scene(routes("ab", { each })).on("a", isSilent).on("b", answers());
    const ended = await scene.asking(5_000);
    assertEquals([attemptsOf(ended), ended.atMs], ["timeout 200", 5_000]);
  });

  it("has for its answer at least what the user gives its head", async () => {
    const each = ", timeouts: {firstByteMs: 90000}";
    const scene = new Scene(routes("ab", { each })).on("a", after(89_000, answers()));
    assertEquals(statusOf(await scene.asking(89_000)), 200);
  });

  it("waits two seconds for the body of an error whose status is known", async () => {
    const stalled = streams(['{"error":'], { end: "silence", type: "text/html", status: 503 });
    const scene = new Scene(routes("ab")).on("a", after(10_000, stalled)).on("b", answers());
    const ended = await scene.asking(12_000);
    assertEquals([attemptsOf(ended), ended.atMs], ["503 200", 12_000]);
  });
});

describe("A request", () => {
  it("starts no attempt later than 120 s after it came", async () => {
    const scene = new Scene(routes("abcd"));
    for (const host of "abcd") scene.on(host, isSilent);
    const ended = await scene.asking(180_000);
    assertEquals(scene.posts.map(({ atMs }) => atMs), [0, 60_000, 120_000]);
    assertEquals([statusOf(ended), ended.atMs], [504, 180_000]);
  });

  it("makes at most as many attempts as the user says", async () => {
    const scene = new Scene(routes("abcd", { top: "maxAttempts: 3" }));
    for (const host of "abcd") scene.on(host, says(500));
    await scene.asking(0);
    assertEquals(scene.hosts, "a b c");
  });

  it("makes ten attempts at most where the user does not say", async () => {
    const names = "abcdefghijkl";
    const scene = new Scene(routes(names));
    for (const host of names) scene.on(host, says(500));
    await scene.asking(0);
    assertEquals(scene.posts.length, 10);
  });

  it("tries a lone candidate that cannot be reached again, within 250 ms, and once", async () => {
    const scene = new Scene(routes("a")).on("a", breaks("refused"));
    const ended = await scene.asking(250);
    assertEquals([attemptsOf(ended), statusOf(ended)], ["refused refused", 502]);
    const [first, second] = scene.posts.map(({ atMs }) => atMs);
    assert(second! - first! > 0 && second! - first! <= 250);
  });

  for (const [why, top] of [["one attempt is allowed", "maxAttempts: 1"]] as const) {
    it(`tries nobody again where only ${why}`, async () => {
      const scene = new Scene(routes("a", { top })).on("a", breaks("refused"));
      assertEquals(attemptsOf(await scene.asking(250)), "refused");
    });
  }

  it("goes on to the next candidate at once when the first cannot be reached", async () => {
    const scene = new Scene(routes("ab")).on("a", breaks("refused")).on("b", answers());
    const ended = await scene.asking(0);
    assertEquals([attemptsOf(ended), ended.atMs], ["refused 200", 0]);
  });
});

describe("A closed kept connection", () => {
  it("is replaced by a fresh one at once, exactly once, and rests nobody", async () => {
    const scene = new Scene(routes("ab")).on("a", breaks("stale")).on("b", answers());
    scene.on("a", (asked) => (scene.on("a", answers()), breaks("stale")(asked)));
    const ended = await scene.asking(0);
    assertEquals([attemptsOf(ended), scene.hosts], ["reset 200", "a a"]);
    assertEquals(scene.posts.map(({ isFresh }) => isFresh), [false, true]);
    assertEquals(
      scene.cooldowns.restOf(scene.router.plan({ model: "a" }).candidates[0]!),
      undefined,
    );
    assertEquals(ended.delivery!.notice, undefined);
  });

  it("counts as its second attempt did when that one fails, too", async () => {
    const scene = new Scene(routes("ab")).on("b", answers());
    scene.on("a", (asked) => (scene.on("a", says(503)), breaks("stale")(asked)));
    const ended = await scene.asking(0);
    assertEquals([attemptsOf(ended), scene.hosts], ["reset 503 200", "a a b"]);
    assertEquals(ended.delivery!.notice!.trigger_status, 503);
    const [a] = scene.router.plan({ model: "a" }).candidates;
    assertEquals(scene.cooldowns.restOf(a!), {
      reason: "failure",
      remainingMs: 1_000,
      status: 503,
    });
  });

  it("is replaced even when no budget is left, as nothing was sent", async () => {
    const scene = new Scene(routes("a"));
    for (let index = 0; index < 100; index++) scene.budget.countFailure();
    scene.on("a", (asked) => (scene.on("a", answers()), breaks("stale")(asked)));
    assertEquals(attemptsOf(await scene.asking(0)), "reset 200");
  });
});

describe("A rest that an upstream asked for", () => {
  /** A lone candidate that was told to rest so long. */
  async function resting(ms: number, status = 429): Promise<Scene> {
    const scene = new Scene(routes("a")).on("a", says(status, { "retry-after-ms": String(ms) }));
    await scene.asking(0);
    scene.on("a", answers());
    return scene;
  }

  it("of 2 s is waited for", async () => {
    const scene = await resting(2_000);
    const ended = await scene.asking(2_000);
    assertEquals([attemptsOf(ended), ended.atMs], ["200", 2_000]);
  });

  it("of more than 2 s is not, and nobody is asked", async () => {
    const scene = await resting(2_001);
    const ended = await scene.asking(0);
    assertEquals([statusOf(ended), scene.posts.length], [429, 1]);
    assertEquals(ended.delivery!.error!.details, { retry_after_seconds: 3 });
  });

  it("is told as 503 when it does not come from a 429", async () => {
    const scene = await resting(30_000, 503);
    assertEquals(statusOf(await scene.asking(0)), 503);
  });

  it("is waited for no longer than 2 s in all, however often it begins anew", async () => {
    const scene = await resting(1_500);
    const [a] = scene.router.plan({ model: "a" }).candidates;
    const asked = scene.ask();
    await scene.clock.advanceAsync(1_499);
    // Meanwhile another request heard that it takes longer.
    scene.cooldowns.rest(a!, { reason: "directed", status: 429, waitMs: 1_500 });
    await scene.clock.advanceAsync(1);
    assertEquals([statusOf(asked.ended!), asked.ended!.atMs], [429, 1_500]);
    assertEquals(scene.posts.length, 1);
  });

  it("does not keep those away who come when it is just over", async () => {
    const scene = await resting(1_000);
    scene.on("a", after(100, answers()));
    const asked = Array.from({ length: 5 }, () => scene.ask());
    await scene.clock.advanceAsync(1_100);
    assertEquals(asked.map(({ ended }) => statusOf(ended!)), [200, 200, 200, 200, 200]);
  });

  it("is not waited for by a client that left", async () => {
    const scene = await resting(1_500);
    const asked = scene.ask();
    await settled();
    asked.leave();
    await settled();
    assertEquals([statusOf(asked.ended!), scene.clock.timerCount], ["left", 0]);
    assertEquals([scene.posts.length, asked.listenerCount], [1, 0]);
  });

  it("of one candidate is waited for when the others have failed, and only that one is asked", async () => {
    const scene = new Scene(routes("abc")).on("a", says(500));
    scene.on("b", says(429, { "retry-after-ms": "1500" }));
    scene.on("c", says(429, { "retry-after": "60" }));
    await scene.asking(0, { model: "b" });
    await scene.asking(0, { model: "c" });
    scene.on("b", says(500)).on("c", answers());
    const ended = await scene.asking(1_500);
    assertEquals([attemptsOf(ended), statusOf(ended)], ["500 500", 502]);
    assertEquals(scene.hosts, "b c a b");
  });
});

describe("Half-open", () => {
  it("one request probes, and all others go to the next candidate meanwhile", async () => {
    const scene = new Scene(routes("ab")).on("a", says(500)).on("b", answers());
    await scene.asking(1_000);
    scene.on("a", after(500, answers())).on("b", after(10, answers()));
    const asked = Array.from({ length: 20 }, () => scene.ask());
    await scene.clock.advanceAsync(500);
    assertEquals(asked.map(({ ended }) => statusOf(ended!)), Array(20).fill(200));
    assertEquals(scene.posts.slice(2).filter(({ host }) => host === "a").length, 1);
    // It is well again: everybody comes back.
    await scene.asking(500);
    assertEquals(scene.posts.at(-1)!.host, "a");
  });

  it("a probe that fails keeps the candidate away for twice as long", async () => {
    const scene = new Scene(routes("ab")).on("a", says(500)).on("b", answers());
    const seen: number[] = [];
    for (let second = 0; second < 130; second++) {
      await scene.asking(1_000);
      if (scene.posts.at(-2)?.host === "a") seen.push(second);
    }
    assertEquals(seen, [0, 1, 3, 7, 15, 31, 63, 123]);
  });

  for (
    const [how, act] of [
      ["a client that leaves", isSilent],
      ["a client's own fault", says(400)],
      ["an answer that cannot be told from a fault of the client", says(418)],
    ] as const
  ) {
    it(`is open to the next request after ${how}`, async () => {
      const scene = new Scene(routes("ab")).on("a", says(500)).on("b", answers());
      await scene.asking(1_000);
      scene.on("a", act);
      const asked = scene.ask();
      await settled();
      asked.leave();
      await settled();
      assertEquals(scene.posts.at(-1)!.host, "a");
      scene.on("a", answers());
      await scene.asking(0);
      assertEquals(scene.hosts, "a b a a");
    });
  }
});

describe("Failures of requests that were under way together", () => {
  it("rest their candidate once, not for as long as if each had been a new one", async () => {
    const scene = new Scene(routes("ab")).on("a", after(50, says(500))).on("b", answers());
    for (let index = 0; index < 50; index++) scene.ask();
    await scene.clock.advanceAsync(50);
    const [a] = scene.router.plan({ model: "a" }).candidates;
    assertEquals(scene.cooldowns.restOf(a!)?.remainingMs, 1_000);
  });

  it("rest it for as long as any of its answers says", async () => {
    const scene = new Scene(routes("ab")).on("b", answers());
    for (const seconds of [20, 40, 30]) {
      scene.on("a", after(50, says(429, { "retry-after": String(seconds) })));
      scene.ask();
    }
    await scene.clock.advanceAsync(50);
    const [a] = scene.router.plan({ model: "a" }).candidates;
    assertEquals(scene.cooldowns.restOf(a!)?.remainingMs, 40_000);
  });
});

describe("An upstream that says it may be asked at once", () => {
  it("and fails each time is asked no more often than one that says nothing", async () => {
    const scene = new Scene(routes("ab")).on("b", answers());
    scene.on("a", says(429, { "retry-after": "0" }));
    for (let second = 0; second < 120; second++) await scene.asking(1_000);
    const count = scene.posts.filter(({ host }) => host === "a").length;
    assert(count <= 10, `${count} POSTs`);
  });
});

describe("A dead model", () => {
  it("gets at most 20 of 120 requests, and comes back by itself", async () => {
    const config = routes("ab").replace("ordered", "round-robin");
    const scene = new Scene(config).on("a", breaks("refused")).on("b", answers());
    for (let second = 0; second < 120; second++) {
      assertEquals(statusOf(await scene.asking(1_000)), 200);
    }
    const dead = scene.posts.filter(({ host }) => host === "a").length;
    assert(dead <= 20, `${dead} POSTs`);
    scene.on("a", answers());
    const before = scene.posts.length;
    for (let second = 0; second < 120; second++) await scene.asking(1_000);
    const alive = scene.posts.slice(before).filter(({ host }) => host === "a").length;
    assert(alive >= 25, `${alive} POSTs after it came back`);
  });
});

describe("A full outage", () => {
  /** Attempts per request, of so many requests a second at three dead candidates, for a minute. */
  async function amplification(perSecond: number, act: Act): Promise<number> {
    const scene = new Scene(routes("abc"));
    for (const host of "abc") scene.on(host, act);
    const steps = 60 * 5;
    for (let step = 0; step < steps; step++) {
      for (let index = 0; index < perSecond / 5; index++) scene.ask();
      await settled();
      scene.clock.advance(200);
    }
    await scene.clock.advanceAsync(10_000);
    return scene.posts.length / (60 * perSecond);
  }

  for (const [how, act] of [["at once", says(503)], ["slowly", after(400, says(503))]] as const) {
    it(`of upstreams that fail ${how} is amplified by a fifth at most`, async () => {
      const factor = await amplification(100, act);
      assert(factor <= 1.2, `${factor} attempts per request`);
      assert(factor > 1.15, `${factor} attempts per request: the budget is not spent`);
    });
  }

  it("leaves ten extra attempts a second to few requests", async () => {
    assertEquals(await amplification(5, says(503)), 3);
  });

  it("does not keep a healthy candidate from any request", async () => {
    const scene = new Scene(routes("ab")).on("a", says(503)).on("b", answers());
    const asked = Array.from({ length: 2_000 }, () => scene.ask());
    await settled();
    assert(asked.every(({ ended }) => ended && statusOf(ended) === 200));
  });
});

describe("A burst of requests", () => {
  it("reaches the one healthy candidate behind others that all fail at first", async () => {
    const scene = new Scene(routes("abcd")).on("d", answers());
    for (const host of "abc") scene.on(host, after(50, says(503)));
    const asked = Array.from({ length: 500 }, () => scene.ask());
    await scene.clock.advanceAsync(200);
    assert(asked.every(({ ended }) => ended && statusOf(ended) === 200));
  });

  it("of empty answers is amplified by a fifth at most, as nobody rests after those", async () => {
    const scene = new Scene(routes("abcd"));
    for (const host of "abcd") scene.on(host, answers(""));
    for (let index = 0; index < 20; index++) {
      const asked = Array.from({ length: 100 }, () => scene.ask());
      await scene.clock.advanceAsync(100);
      assert(asked.every(({ ended }) => ended && statusOf(ended) === 200));
    }
    assert(scene.posts.length <= 1.25 * 2_000, `${scene.posts.length} POSTs for 2000 requests`);
  });
});

describe("When an attempt is over", () => {
  const WAYS = {
    "an answer": answers(),
    "an empty answer": answers(""),
    "a status": says(503),
    "a client's fault": says(400),
    "a refused key": says(401),
    "a refused connection": breaks("refused"),
    "a reset": breaks("reset"),
    "silence": isSilent,
    "a cut body": streams(['{"choi'], { end: "reset", type: "application/json" }),
    "a silent body": HEADS_ONLY,
    "HTML": streams(["<html>"], { type: "text/html" }),
    "a redirect": says(302),
  } as const;

  for (const [how, act] of Object.entries(WAYS)) {
    it(`by ${how}, no timer runs and nobody listens any more`, async () => {
      const scene = new Scene(routes("ab")).on("a", act).on("b", act);
      const asked = scene.ask();
      await scene.clock.advanceAsync(1_000_000);
      assert(asked.ended);
      assertEquals([scene.clock.timerCount, asked.listenerCount], [0, 0]);
      // And nobody is taken for a probe any more.
      for (const candidate of scene.router.plan({ model: "auto" }).candidates) {
        assertEquals(scene.cooldowns.restOf(candidate), undefined);
      }
    });

    it(`by ${how}, a client that left in the meantime changes nothing of that`, async () => {
      const scene = new Scene(routes("ab")).on("a", after(100, act)).on("b", after(100, act));
      const asked = scene.ask();
      await scene.clock.advanceAsync(50);
      asked.leave();
      await settled();
      assertEquals([scene.clock.timerCount, statusOf(asked.ended!)], [0, "left"]);
      assertEquals([scene.hosts, asked.listenerCount], ["a", 0]);
    });
  }
});
