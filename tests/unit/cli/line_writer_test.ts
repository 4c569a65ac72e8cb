/** Log lines go out soon, together, in order, and never hold up who writes them. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writerSink } from "../../../lib/cli/line_writer.ts";
import { FakeClock, settled } from "../../fake_clock.ts";

/** A writer that takes bytes only when a test lets it. */
class SlowWriter {
  readonly chunks: string[] = [];
  #letGo: (count: number) => void = () => {};
  #fail: (error: Error) => void = () => {};

  write(bytes: Uint8Array): Promise<number> {
    this.chunks.push(new TextDecoder().decode(bytes));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    [this.#letGo, this.#fail] = [resolve, reject];
    return promise;
  }

  /** Takes so many bytes; absent: all that were offered. */
  async take(count = this.chunks.at(-1)!.length): Promise<void> {
    this.#letGo(count);
    await settled();
  }

  async fail(): Promise<void> {
    this.#fail(new Error("EPIPE"));
    await settled();
  }
}

/** A sink over a slow writer, and its clock. */
function slowSink() {
  const writer = new SlowWriter();
  const clock = new FakeClock();
  return { writer, clock, sink: writerSink(writer, clock) };
}

describe("writerSink()", () => {
  it("writes a line at once when none went a moment ago", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    assertEquals(writer.chunks, ["one\n"]);
    await writer.take();
    clock.advance(10);
    sink("two\n");
    await settled();
    assertEquals(writer.chunks, ["one\n", "two\n"]);
    assertEquals(clock.timerCount, 0);
  });

  it("writes together, in their order, the lines of ten milliseconds", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    await writer.take();
    sink("two\n");
    await clock.advanceAsync(9);
    sink("three\n");
    assertEquals(writer.chunks, ["one\n"]);
    await clock.advanceAsync(1);
    assertEquals(writer.chunks, ["one\n", "two\nthree\n"]);
  });

  it("writes one batch after the other, however long the first one takes", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    sink("two\n");
    await clock.advanceAsync(1_000);
    assertEquals(writer.chunks, ["one\n"]);
    await writer.take();
    await clock.advanceAsync(10);
    assertEquals(writer.chunks, ["one\n", "two\n"]);
  });

  it("writes the rest of a batch of which only a part was taken", async () => {
    const { writer, sink } = slowSink();
    sink("whole\n");
    await writer.take(2);
    await writer.take(4);
    assertEquals(writer.chunks, ["whole\n", "ole\n"]);
  });

  it("drops lines rather than wait, and goes on when there is room", async () => {
    const { writer, clock, sink } = slowSink();
    const line = "x".repeat(1023) + "\n";
    for (let index = 0; index < 5_000; index++) sink(line);
    assertEquals(sink.lostCount, 5_000 - 1_024);
    await writer.take();
    await clock.advanceAsync(10);
    assertEquals(writer.chunks.map((chunk) => chunk.length), [1_024, 1_023 * 1_024]);
    sink("too much\n".repeat(1_000));
    assertEquals(sink.lostCount, 5_000 - 1_024 + 1);
    await writer.take();
    sink("last\n");
    await clock.advanceAsync(10);
    assertEquals(writer.chunks.at(-1), "last\n");
  });

  it("drops what waits when its reader is gone, and tries again with the next line", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    sink("two\n");
    await writer.fail();
    assertEquals(writer.chunks, ["one\n"]);
    assertEquals(sink.lostCount, 2);
    sink("three\n");
    await clock.advanceAsync(10);
    assertEquals(writer.chunks, ["one\n", "three\n"]);
  });

  it("counts of a batch that was taken in part only the lines that were not", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    sink("two\n");
    sink("three\n");
    await writer.take();
    await clock.advanceAsync(10);
    await writer.take("two\nth".length);
    await writer.fail();
    assertEquals(sink.lostCount, 1);
  });

  it("gives up on a writer that takes no bytes", async () => {
    let calls = 0;
    const sink = writerSink({ write: () => Promise.resolve(calls++ && 0) }, new FakeClock());
    sink("one\n");
    await settled();
    assertEquals([calls, sink.lostCount], [1, 1]);
  });

  it("does not throw when its writer does", async () => {
    const writer = {
      write: () => {
        throw new Error("closed");
      },
    };
    const sink = writerSink(writer, new FakeClock());
    sink("one\n");
    await settled();
    assertEquals(sink.lostCount, 1);
  });

  it("writes without a pause what waits when it is flushed", async () => {
    const { writer, clock, sink } = slowSink();
    sink("one\n");
    await writer.take();
    sink("two\n");
    const flushed = sink.flush();
    await settled();
    assertEquals(writer.chunks, ["one\n", "two\n"]);
    await writer.take();
    await flushed;
    assertEquals(clock.timerCount, 0);
  });

  it("stops waiting for a writer that takes nothing when it is flushed", async () => {
    const { clock, sink } = slowSink();
    sink("one\n");
    let isFlushed = false;
    const flushed = sink.flush().then(() => isFlushed = true);
    await clock.advanceAsync(499);
    assert(!isFlushed);
    await clock.advanceAsync(1);
    await flushed;
  });
});
