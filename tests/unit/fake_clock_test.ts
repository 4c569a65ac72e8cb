/** The clock that all tests of time rely on. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { FAKE_EPOCH_MS, FakeClock } from "../fake_clock.ts";

describe("FakeClock", () => {
  it("stands still until it is moved", () => {
    const clock = new FakeClock();
    assertEquals([clock.nowMs(), clock.epochMs()], [0, FAKE_EPOCH_MS]);
    clock.advance(1.5);
    assertEquals([clock.nowMs(), clock.epochMs()], [1.5, FAKE_EPOCH_MS + 1.5]);
  });

  it("runs timers in the order of their times, each at its own", () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.nowMs()}`);
    clock.after(30, note("c"));
    clock.after(10, note("a"));
    clock.after(10, note("b"));
    clock.after(31, note("d"));
    clock.advance(30);
    assertEquals(ran, ["a@10", "b@10", "c@30"]);
    assertEquals([clock.nowMs(), clock.timerCount], [30, 1]);
  });

  it("runs timers that timers set, when they come due too", () => {
    const clock = new FakeClock();
    let count = 0;
    const again = () => {
      count++;
      clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    assertEquals(count, 3);
  });

  it("runs no timer that was cancelled, and every timer once", () => {
    const clock = new FakeClock();
    let count = 0;
    clock.after(5, () => count++);
    const cancel = clock.after(5, () => count++);
    cancel();
    cancel();
    clock.advance(5);
    clock.advance(5);
    assertEquals(count, 1);
  });

  it("runs a timer without a delay at the next move", () => {
    const clock = new FakeClock();
    let count = 0;
    clock.after(-5, () => count++);
    assertEquals(count, 0);
    clock.advance(0);
    assertEquals(count, 1);
  });

  it("lets promises settle between timers where it is asked to", async () => {
    const clock = new FakeClock();
    const waited: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
    void (async () => {
      for (const ms of [10, 20, 30]) {
        await sleep(ms);
        waited.push(clock.nowMs());
      }
    })();
    await clock.advanceAsync(59);
    assertEquals(waited, [10, 30]);
    await clock.advanceAsync(1);
    assertEquals(waited, [10, 30, 60]);
  });
});
