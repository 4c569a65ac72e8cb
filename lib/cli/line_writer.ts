/**
 * Writes log lines to a file, many at a time.
 *
 * A write costs as much as half a request, most of it in the runtime and not in the bytes. So a
 * line goes out at once when none went a moment ago, and otherwise together with those that come
 * in the meantime.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import type { LogSink } from "./log.ts";
import { systemClock } from "./system_clock.ts";

/** How much may wait for a slow file, in characters. */
const MAX_WAITING = 1024 * 1024;
/** Between two writes: long beside what a write costs, short beside what a reader notices. */
const BETWEEN_WRITES_MS = 10;
/** How long a stop waits for a file that takes nothing. */
const FLUSH_MS = 500;

const NEWLINE = 0x0a;

/** What lines are written to, such as a file. */
type Writer = { write(bytes: Uint8Array): Promise<number> };

/** A sink that writes to a file. */
export interface WriterSink extends LogSink {
  lostCount: number;
  flush(): Promise<void>;
}

/**
 * A sink over a writable file such as standard error; it drops lines rather than wait.
 *
 * @param clock Tells when the next write is due.
 */
export function writerSink(writer: Writer, clock: Clock = systemClock): WriterSink {
  const lines = new LineWriter(writer, clock);
  const sink = Object.assign((line: string) => lines.add(line), {
    lostCount: 0,
    flush: () => lines.flush(),
  });
  lines.onLost = (count) => sink.lostCount += count;
  return sink;
}

/** Lines that wait for a file, and the one who writes them. */
class LineWriter {
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  /** Of what waits and of what is being written. */
  #length = 0;
  /** Under way while lines wait or are written. */
  #draining: Promise<void> | undefined;
  #nextWriteMs = -Infinity;
  /** Ends a pause before its time. */
  #hurry: () => void = () => {};
  onLost: (count: number) => void = () => {};

  constructor(writer: Writer, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  add(line: string): void {
    if (this.#length + line.length > MAX_WAITING) return this.onLost(1);
    this.#waiting.push(line);
    this.#length += line.length;
    this.#draining ??= this.#drain();
  }

  async flush(): Promise<void> {
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(FLUSH_MS, resolve);
    this.#hurry();
    await Promise.race([this.#draining, tooLate]);
    cancel();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const restMs = this.#nextWriteMs - this.#clock.nowMs();
      if (restMs > 0) await this.#pause(restMs);
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#write(this.#encoder.encode(lines.join("")));
      this.#nextWriteMs = this.#clock.nowMs() + BETWEEN_WRITES_MS;
    }
    this.#draining = undefined;
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, resolve);
    this.#hurry = () => {
      cancel();
      resolve();
    };
    return promise;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    try {
      while (at < bytes.length) {
        const count = await this.#writer.write(bytes.subarray(at));
        // Asked again and again, it would go on like this for ever.
        if (count === 0) throw new Error("The log takes no bytes");
        at += count;
      }
    } catch {
      // The reader of the log is gone; requests go on without it.
      this.onLost(lineCount(bytes.subarray(at)) + this.#waiting.length);
      this.#waiting = [];
    }
    this.#length = this.#waiting.reduce((sum, line) => sum + line.length, 0);
  }
}

/** How many lines end in `bytes`. */
function lineCount(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
