/** The real time: timers that run once, late by a tick at most, and never take another one away. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { systemClock } from "../../../lib/cli/system_clock.ts";

/** Long enough to be kept by tick, rather than by a timer of its own. */
const COARSE_MS = 120;

/** How long until a timer runs, in milliseconds. */
function elapsed(delayMs: number): Promise<number> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  systemClock.after(delayMs, () => resolve(performance.now() - started));
  return promise;
}

describe("systemClock.after()", () => {
  for (const delayMs of [1, COARSE_MS]) {
    it(`runs once ${delayMs} ms are over, not before`, async () => {
      const ms = await elapsed(delayMs);
      assert(ms >= delayMs - 1 && ms < delayMs + 1_000, `${ms} ms`);
    });

    it(`does not run after ${delayMs} ms when it was cancelled`, async () => {
      let hasRun = false;
      const cancel = systemClock.after(delayMs, () => hasRun = true);
      cancel();
      await elapsed(delayMs + 60);
      assertEquals(hasRun, false);
    });

    it(`takes no other timer of the same moment with it when it is cancelled twice`, async () => {
      const cancel = systemClock.after(delayMs, () => {});
      cancel();
      const others = Array.from({ length: 3 }, () => elapsed(delayMs));
      cancel();
      await Promise.all(others);
    });
  }

  it("goes on behind a timer that throws, which is reported", async () => {
    const reported = Promise.withResolvers<unknown>();
    const onError = (event: ErrorEvent) => {
      event.preventDefault();
      reported.resolve(event.error);
    };
    globalThis.addEventListener("error", onError, { once: true });
    const failure = new Error("On purpose");
    systemClock.after(COARSE_MS, () => {
      throw failure;
    });
    await Promise.all([elapsed(COARSE_MS), elapsed(COARSE_MS + 60)]);
    assertEquals(await reported.promise, failure);
  });
});
