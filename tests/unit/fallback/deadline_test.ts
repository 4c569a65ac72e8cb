/** One signal for two reasons: the client left, or the time is over. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Deadline } from "../../../lib/fallback/deadline.ts";
import { FakeClock } from "../../fake_clock.ts";

function begin() {
  const clock = new FakeClock();
  clock.advance(500);
  const client = new AbortController();
  return { clock, client, deadline: new Deadline(clock, client.signal) };
}

function state({ signal, isExpired }: Deadline): string {
  return `${signal.aborted ? "aborted" : "running"}, ${isExpired ? "expired" : "in time"}`;
}

describe("Deadline", () => {
  it("expires at its time, counted from the start of the attempt", () => {
    const { clock, deadline } = begin();
    clock.advance(40);
    deadline.expireAt(100);
    clock.advance(59);
    assertEquals(state(deadline), "running, in time");
    clock.advance(1);
    assertEquals(state(deadline), "aborted, expired");
  });

  it("replaces what was set before", () => {
    const { clock, deadline } = begin();
    deadline.expireAt(100);
    deadline.expireAt(300);
    clock.advance(299);
    assertEquals(state(deadline), "running, in time");
    deadline.expireAt(299.5);
    clock.advance(1);
    assertEquals(state(deadline), "aborted, expired");
  });

  it("expires at once when its time is over already", () => {
    const { clock, deadline } = begin();
    clock.advance(200);
    deadline.expireAt(100);
    clock.advance(0);
    assertEquals(state(deadline), "aborted, expired");
  });

  it("brings its time nearer, counted from now, and never puts it off", () => {
    const { clock, deadline } = begin();
    deadline.expireAt(1_000);
    clock.advance(100);
    deadline.expireWithin(5_000);
    deadline.expireWithin(50);
    deadline.expireWithin(60);
    clock.advance(49);
    assertEquals(state(deadline), "running, in time");
    clock.advance(1);
    assertEquals([state(deadline), clock.timerCount], ["aborted, expired", 0]);
  });

  it("ends without being expired when the client leaves", () => {
    const { client, deadline } = begin();
    deadline.expireAt(100);
    client.abort();
    assertEquals(state(deadline), "aborted, in time");
  });

  it("is over from the start for a client that left before", () => {
    const client = new AbortController();
    client.abort();
    assertEquals(state(new Deadline(new FakeClock(), client.signal)), "aborted, in time");
  });

  it("hears of the client after it was disarmed, but no longer of time", () => {
    const { clock, client, deadline } = begin();
    deadline.expireAt(100);
    deadline.disarm();
    clock.advance(1_000);
    assertEquals(state(deadline), "running, in time");
    client.abort();
    assertEquals(state(deadline), "aborted, in time");
  });

  it("hears of nothing after it was released, and leaves no timer", () => {
    const { clock, client, deadline } = begin();
    deadline.expireAt(100);
    deadline.release();
    deadline.release();
    assertEquals(clock.timerCount, 0);
    client.abort();
    clock.advance(1_000);
    assertEquals(state(deadline), "running, in time");
  });

  it("tells how long the attempt has taken", () => {
    const { clock, deadline } = begin();
    clock.advance(120);
    assertEquals(deadline.elapsedMs, 120);
  });
});
