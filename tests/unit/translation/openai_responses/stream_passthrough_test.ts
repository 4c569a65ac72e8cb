import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openaiResponses } from "../../../../lib/translation/openai_responses/codec.ts";
import { StreamPassthrough } from "../../../../lib/translation/stream_passthrough.ts";
import { context } from "./samples.ts";

const CREATED = { type: "response.created", response: { id: "resp_1", model: "m", output: [] } };
const PING = { type: "keepalive" };

/** The numbers in what a client gets of a stream that breaks off behind these messages. */
function numbersOf(...messages: readonly Record<string, unknown>[]): (number | undefined)[] {
  const stream = new StreamPassthrough(openaiResponses, context);
  const text = messages.map((message) => `data: ${JSON.stringify(message)}\n\n`).join("");
  const bytes = [stream.push(new TextEncoder().encode(text)), stream.end()];
  return bytes.map((piece) => new TextDecoder().decode(piece)).join("").split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)).sequence_number);
}

describe("A Responses stream that is passed on and breaks off", () => {
  it("counts the events of its error on from the last one that it passed on", () => {
    const last = { type: "response.in_progress", sequence_number: 5 };
    assertEquals(numbersOf({ ...CREATED, sequence_number: 4 }, last), [4, 5, 6, 7]);
  });

  it("keeps the last number where a message in between has none", () => {
    assertEquals(numbersOf({ ...CREATED, sequence_number: 0 }, PING), [0, undefined, 1, 2]);
  });

  it("counts from zero where its upstream does not count", () => {
    assertEquals(numbersOf(CREATED, { ...PING, sequence_number: "7" }), [
      undefined,
      "7" as never,
      0,
      1,
    ]);
  });
});
