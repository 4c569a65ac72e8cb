/** How many extra attempts may fail: a fifth of the requests of ten seconds, or ten a second. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RetryBudget } from "../../../lib/fallback/budget.ts";
import { FakeClock } from "../../fake_clock.ts";

function times(count: number, run: () => void): void {
  for (let index = 0; index < count; index++) run();
}

describe("RetryBudget", () => {
  it("lets a lone user spend ten failures a second", () => {
    const budget = new RetryBudget(new FakeClock());
    budget.countRequest();
    times(99, () => budget.countFailure());
    assertEquals(budget.isLeft, true);
    budget.countFailure();
    assertEquals(budget.isLeft, false);
  });

  it("lets a fifth of many requests fail once more", () => {
    const budget = new RetryBudget(new FakeClock());
    times(1_000, () => budget.countRequest());
    times(199, () => budget.countFailure());
    assertEquals(budget.isLeft, true);
    budget.countFailure();
    assertEquals(budget.isLeft, false);
    times(5, () => budget.countRequest());
    assertEquals(budget.isLeft, true);
  });

  it("costs nothing where extra attempts succeed", () => {
    const budget = new RetryBudget(new FakeClock());
    times(10_000, () => budget.countRequest());
    assertEquals(budget.isLeft, true);
  });

  it("counts running attempts that will probably fail, until they have ended", () => {
    const budget = new RetryBudget(new FakeClock());
    times(99, () => budget.countFailure());
    const giveBack = budget.reserve();
    assertEquals(budget.isLeft, false);
    giveBack();
    giveBack();
    assertEquals(budget.isLeft, true);
    budget.countFailure();
    assertEquals(budget.isLeft, false);
  });

  it("forgets what is ten seconds old", () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    times(60, () => budget.countFailure());
    clock.advance(5_000);
    times(40, () => budget.countFailure());
    assertEquals(budget.isLeft, false);
    clock.advance(4_999);
    assertEquals(budget.isLeft, false);
    clock.advance(1);
    assertEquals(budget.isLeft, true);
    times(59, () => budget.countFailure());
    assertEquals(budget.isLeft, true);
    budget.countFailure();
    assertEquals(budget.isLeft, false);
  });

  it("is whole again after any pause", () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    for (const pauseMs of [10_000, 95_000, 3_600_000, 86_400_000]) {
      times(100, () => budget.countFailure());
      assertEquals(budget.isLeft, false);
      clock.advance(pauseMs);
      assertEquals(budget.isLeft, true);
    }
  });
});
