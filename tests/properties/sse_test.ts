/** Whatever is written as server-sent events is read back, wherever it is cut. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type SseMessage, SseParser } from "../../lib/sse/parser.ts";
import { writeComment, writeSse } from "../../lib/sse/writer.ts";
import { forSeeds } from "./budget.ts";
import { madeUpText } from "./made_up.ts";
import { mutatedBytes } from "./mutate.ts";
import type { Random } from "./random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function read(chunks: readonly Uint8Array[]): SseMessage[] {
  const parser = new SseParser();
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

/** A stream as some server might write it, and what it says. */
function madeUpStream(random: Random): { text: string; messages: SseMessage[] } {
  const messages: SseMessage[] = [];
  let text = random.oneIn(3) ? "\uFEFF" : "";
  for (let i = random.below(5); i > 0; i--) {
    const message = { event: random.pick(["", "x", "message_start"]), data: madeUpText(random) };
    text += writeSse(message) + (random.oneIn(3) ? writeComment(madeUpText(random)) : "");
    messages.push({ ...message, data: message.data.replaceAll(/\r\n?/g, "\n") });
  }
  return { text: text.replaceAll("\n", random.pick(["\n", "\r\n", "\r"])), messages };
}

describe("SseParser", () => {
  it("reads what writeSse() wrote, with any line ends and any cuts", () =>
    forSeeds((random) => {
      const { text, messages } = madeUpStream(random);
      assertEquals(read(random.cut(bytes(text))), messages);
    }));

  it("reads any bytes the same, wherever they are cut", () =>
    forSeeds((random) => {
      const broken = mutatedBytes(bytes(madeUpStream(random).text), random);
      assertEquals(read(random.cut(broken)), read([broken]));
    }));

  it("finds boundaries at which the stream can be cut in two", () =>
    forSeeds((random) => {
      const whole = bytes(madeUpStream(random).text);
      const parser = new SseParser();
      let offset = 0;
      for (const chunk of random.cut(whole)) {
        parser.push(chunk);
        const boundary = offset + parser.consumedBoundary;
        offset += chunk.length;
        if (parser.consumedBoundary > 0) {
          const halves = [whole.subarray(0, boundary), whole.subarray(boundary)];
          assertEquals(halves.flatMap((half) => read([half])), read([whole]));
        }
        assertEquals(parser.isAtBoundary, offset === 0 || atBoundary(whole.subarray(0, offset)));
      }
    }));
});

/** Whether the bytes end in a blank line, found the slow way. */
function atBoundary(start: Uint8Array): boolean {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(start).replace(/^\uFEFF/, "");
  const lines = text.split(/\r\n|\r|\n/);
  return start.length === 0 || (lines.at(-1) === "" && lines.at(-2) === "");
}
