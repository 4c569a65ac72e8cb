import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { passedBody } from "../../../lib/app/passed_body.ts";
import { type ByteSource, UpstreamFailure } from "../../../lib/base/exchange.ts";
import { Deadline } from "../../../lib/fallback/deadline.ts";
import { FakeClock } from "../../fake_clock.ts";

const IDLE_MS = 1_000;
const PIECE = new Uint8Array([1]);

/** A body whose upstream speaks when a test says so. */
function silentBody() {
  const clock = new FakeClock();
  const client = new AbortController();
  const deadline = new Deadline(clock, client.signal);
  const ends: (string | undefined)[] = [];
  let next = Promise.withResolvers<Uint8Array<ArrayBuffer> | undefined>();
  const source: ByteSource = {
    read: () => next.promise,
    cancel: () => {
      // Nobody need be reading.
      next.promise.catch(() => {});
      next.reject(new UpstreamFailure("aborted"));
    },
  };
  deadline.signal.addEventListener("abort", () => source.cancel());
  const onEnd = (reason?: string) => void ends.push(reason);
  const reader = passedBody(source, { deadline, idleMs: IDLE_MS, onEnd }).getReader();
  const speak = (piece?: Uint8Array<ArrayBuffer>) => {
    next.resolve(piece);
    next = Promise.withResolvers();
  };
  return { clock, client, ends, reader, speak, break: () => next.reject(new Error("reset")) };
}

describe("passedBody()", () => {
  it("breaks off when its upstream is silent for the idle time", async () => {
    const body = silentBody();
    const broken = assertRejects(() => body.reader.read());
    await body.clock.advanceAsync(IDLE_MS - 1);
    assertEquals(body.ends, []);
    await body.clock.advanceAsync(1);
    await broken;
    assertEquals(body.ends, ["timeout"]);
  });

  it("takes any time in all, and waits for a slow client for ever", async () => {
    const body = silentBody();
    for (let piece = 0; piece < 5; piece++) {
      const read = body.reader.read();
      await body.clock.advanceAsync(IDLE_MS - 1);
      body.speak(PIECE);
      assertEquals((await read).value, PIECE);
      await body.clock.advanceAsync(10 * IDLE_MS);
    }
    const last = body.reader.read();
    body.speak();
    assertEquals([(await last).done, body.ends, body.clock.timerCount], [true, [undefined], 0]);
  });

  it("tells of an upstream that breaks off", async () => {
    const body = silentBody();
    const read = body.reader.read();
    body.break();
    await assertRejects(() => read);
    assertEquals(body.ends, ["cut"]);
  });

  it("blames nobody when the client leaves, in either way", async () => {
    const cancelled = silentBody();
    await cancelled.reader.cancel();
    assertEquals(cancelled.ends, [undefined]);
    const aborted = silentBody();
    const read = aborted.reader.read();
    aborted.client.abort();
    await assertRejects(() => read);
    assertEquals(aborted.ends, [undefined]);
  });
});
