/** How well each model answered over the last hours. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Ending, HealthWindow, WINDOW_HOURS } from "../../../lib/metrics/health.ts";
import { FakeClock } from "../../fake_clock.ts";

const HOUR_MS = 3_600_000;

function begin() {
  const clock = new FakeClock();
  const health = new HealthWindow(clock);
  const record = (model: string, ending: Partial<Ending> = {}) =>
    health.record({ model, route: "r", isOk: true, code: 200, ms: 100, ...ending });
  return { clock, health, record };
}

function served(...models: string[]) {
  return models.map((model) => ({ model, route: "r" }));
}

describe("HealthWindow.table()", () => {
  it("has a line for a model that was never asked", () => {
    assertEquals(begin().health.table(served("a")), [{
      model: "a",
      route: "r",
      lastStatus: null,
      count: 0,
      okPercent: null,
      avgMs: null,
      lastMs: null,
      rank: 1,
    }]);
  });

  it("tells last status, average and last time, count and share of good answers", () => {
    const { health, record } = begin();
    record("a", { ms: 100.4 });
    record("a", { ms: 200 });
    record("a", { ms: 60.6, isOk: false, code: 503 });
    assertEquals(health.table(served("a")), [{
      model: "a",
      route: "r",
      lastStatus: 503,
      count: 3,
      okPercent: 66.7,
      avgMs: 120,
      lastMs: 61,
      rank: 1,
    }]);
  });

  it("tells a failure without a status by its word", () => {
    const { health, record } = begin();
    record("a", { isOk: false, code: "timeout" });
    assertEquals(health.table(served("a"))[0]!.lastStatus, "timeout");
  });

  it("ranks by good answers, then by speed, and puts models never asked last", () => {
    const { health, record } = begin();
    record("slow", { ms: 900 });
    record("fast", { ms: 10 });
    record("failed", { isOk: false, ms: 1 });
    record("shaky");
    record("shaky", { isOk: false });
    const table = health.table(served("never", "failed", "shaky", "slow", "fast"));
    assertEquals(table.map(({ rank, model }) => `${rank} ${model}`), [
      "1 fast",
      "2 slow",
      "3 shaky",
      "4 failed",
      "5 never",
    ]);
  });

  it("keeps routes of one model apart", () => {
    const { health, record } = begin();
    record("a", { route: "one" });
    record("a", { route: "two", isOk: false, code: 500 });
    const table = health.table([{ model: "a", route: "two" }, { model: "a", route: "one" }]);
    assertEquals(table.map(({ route, okPercent }) => [route, okPercent]), [["one", 100], [
      "two",
      0,
    ]]);
  });

  it("keeps names apart that read the same in a row", () => {
    const { health, record } = begin();
    const names = [["ab", "c"], ["a", "bc"], ["1 a", "b"], ["1", " ab"], ["a", "bc"]] as const;
    for (const [model, route] of names) record(model, { route });
    const table = health.table(names.map(([model, route]) => ({ model, route })));
    const counts = new Map(table.map(({ model, route, count }) => [`${model},${route}`, count]));
    assertEquals(counts.values().toArray().sort(), [1, 1, 1, 2]);
    assertEquals(counts.get("a,bc"), 2);
  });

  it("shows only models that are served", () => {
    const { health, record } = begin();
    record("gone");
    assertEquals(health.table([]), []);
  });

  it("forgets what is older than the window", () => {
    const { clock, health, record } = begin();
    record("a", { isOk: false, code: 500 });
    clock.advance(6 * HOUR_MS);
    record("a");
    assertEquals(health.table(served("a"))[0]!.count, 2);
    clock.advance((WINDOW_HOURS - 6) * HOUR_MS);
    const [line] = health.table(served("a"));
    assertEquals([line!.count, line!.okPercent], [1, 100]);
    clock.advance(6 * HOUR_MS);
    assertEquals(health.table(served("a"))[0]!.lastStatus, null);
  });

  it("keeps what is younger than the window by less than five minutes", () => {
    const { clock, health, record } = begin();
    record("a");
    clock.advance(WINDOW_HOURS * HOUR_MS - 5 * 60_000);
    assertEquals(health.table(served("a"))[0]!.count, 1);
  });

  it("remembers boundedly many models, those that were asked last", () => {
    const { health, record } = begin();
    record("old");
    record("kept");
    for (let index = 0; index < 1_500; index++) record(`m${index}`);
    record("kept");
    for (let index = 0; index < 1_500; index++) record(`n${index}`);
    const [kept, old] = health.table(served("kept", "old"));
    assertEquals([kept!.model, kept!.count, old!.count], ["kept", 2, 0]);
  });
});

describe("HealthWindow.latencyOf()", () => {
  it("is unknown before the first attempt", () => {
    assertEquals(begin().health.latencyOf("a"), undefined);
  });

  it("is the average of a model's good answers, over all its routes", () => {
    const { health, record } = begin();
    record("a", { ms: 100 });
    record("a", { ms: 200, route: "other" });
    record("a", { ms: 1, isOk: false, code: 429 });
    record("b", { ms: 9 });
    assertEquals(health.latencyOf("a"), 150);
  });

  it("is endless for a model that only failed, however fast", () => {
    const { health, record } = begin();
    record("a", { ms: 1, isOk: false, code: 429 });
    assertEquals(health.latencyOf("a"), Infinity);
  });

  it("is unknown again when the window has passed", () => {
    const { clock, health, record } = begin();
    record("a");
    clock.advance(WINDOW_HOURS * HOUR_MS);
    assertEquals(health.latencyOf("a"), undefined);
  });

  it("knows names that every object inherits only by their endings", () => {
    const { health, record } = begin();
    record("__proto__", { ms: 5 });
    assertEquals(health.latencyOf("__proto__"), 5);
    assertEquals(health.latencyOf("constructor"), undefined);
    assert(health.table(served("__proto__"))[0]!.count === 1);
  });
});
