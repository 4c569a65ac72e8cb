import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { JsonObject } from "../../../../lib/base/json.ts";
import type { StreamEvent } from "../../../../lib/chat/stream_event.ts";
import { MessagesStreamEncoder } from "../../../../lib/translation/anthropic_messages/stream_encoder.ts";
import { seal } from "../../../../lib/translation/sealed_state.ts";
import { CONTEXT, eventsOf, transcript } from "./samples.ts";

const START: StreamEvent = { type: "message-start", id: "chatcmpl-1", model: "up" };
const END: StreamEvent = { type: "message-end", stopReason: "end" };

/** The data of the messages that say these events; each must bear its type as its name too. */
function dataOf(...events: StreamEvent[]): JsonObject[] {
  const encoder = new MessagesStreamEncoder(CONTEXT);
  return events.flatMap((event) => encoder.push(event)).map((message) => {
    const data = JSON.parse(message.data);
    assertEquals(data.type, message.event);
    return data;
  });
}

function text(words: string): StreamEvent[] {
  return [
    { type: "block-start", block: { type: "text" } },
    { type: "block-delta", text: words },
    { type: "block-end" },
  ];
}

function call(id: string, ...pieces: string[]): StreamEvent[] {
  return [
    { type: "block-start", block: { type: "tool-call", id, name: "run" } },
    ...pieces.map((piece): StreamEvent => ({ type: "block-delta", text: piece })),
    { type: "block-end" },
  ];
}

/** What a client puts together from `input_json_delta`s. */
function inputOf(data: readonly JsonObject[]): string {
  return data.map(({ delta }) => (delta as JsonObject | undefined)?.partial_json ?? "").join("");
}

describe("MessagesStreamEncoder", () => {
  it("begins with a guess at the prompt's size, and ends with the upstream's figures", () => {
    const usage = { inputTokens: 100, cacheReadTokens: 60, outputTokens: 7, reasoningTokens: 2 };
    assertEquals(dataOf(START, { type: "usage", usage }, END), [
      {
        type: "message_start",
        message: {
          id: "msg_0123",
          type: "message",
          role: "assistant",
          model: "up",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 55,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 0,
          },
        },
      },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: {
          input_tokens: 40,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 60,
          output_tokens: 7,
          output_tokens_details: { thinking_tokens: 2 },
        },
      },
      { type: "message_stop" },
    ]);
  });

  it("guesses what the upstream does not count", () => {
    const delta = dataOf(START, ...text("x".repeat(41)), END).at(-2);
    const usage = delta?.usage as JsonObject;
    assertEquals([usage.input_tokens, usage.output_tokens], [55, 11]);
  });

  it("names the answer and its model when the upstream does not", () => {
    const message = dataOf({ type: "message-start", id: "", model: "" })[0]?.message as JsonObject;
    assertEquals([message.id, message.model], ["msg_0123", "asked-for"]);
  });

  it("counts blocks, and opens none before the last is closed", () => {
    const data = dataOf(START, ...text("a"), ...call("c1", "{}"), ...text("b"), END).slice(1, -2);
    assertEquals(data.map(({ type, index }) => `${type} ${index}`), [
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_stop 0",
      "content_block_start 1",
      "content_block_delta 1",
      "content_block_stop 1",
      "content_block_start 2",
      "content_block_delta 2",
      "content_block_stop 2",
    ]);
  });

  it("writes a call with an id that fits, and that the answer stops for it", () => {
    const data = dataOf(START, ...call("functions.run:0", '{"a"', ":1}"), END);
    assertEquals(data[1]?.content_block, {
      type: "tool_use",
      id: "gwid_ZnVuY3Rpb25zLnJ1bjow",
      name: "run",
      input: {},
    });
    assertEquals(inputOf(data), '{"a":1}');
    assertEquals((data.at(-2)?.delta as JsonObject).stop_reason, "tool_use");
  });

  it("writes free text as the one property of an object, wherever it is cut", () => {
    const block = { type: "tool-call", id: "c", name: "patch", isFreeform: true } as const;
    const data = dataOf(
      START,
      { type: "block-start", block },
      ...['a "quoted" \\ line\n', "\ud83d", "\ude00"].map((piece): StreamEvent => ({
        type: "block-delta",
        text: piece,
      })),
      { type: "block-end" },
    );
    assertEquals(JSON.parse(inputOf(data)), { input: 'a "quoted" \\ line\n😀' });
  });

  it("ends a thought with its proof: Anthropic's own, or a seal", () => {
    const proofOf = (
      signature?: { owner: "anthropic_messages" | "openai_chat"; value: string },
    ) => {
      const end: StreamEvent = signature ? { type: "block-end", signature } : { type: "block-end" };
      const data = dataOf(
        START,
        { type: "block-start", block: { type: "reasoning" } },
        { type: "block-delta", text: "hm" },
        end,
      );
      assertEquals(data[2]?.delta, { type: "thinking_delta", thinking: "hm" });
      return (data[3]?.delta as JsonObject).signature;
    };
    const foreign = { owner: "openai_chat", value: "x" } as const;
    assertEquals(proofOf({ owner: "anthropic_messages", value: "sig" }), "sig");
    assertEquals(proofOf(foreign), seal(foreign));
    assertEquals(proofOf(), seal(undefined));
  });

  it("writes a refusal as words", () => {
    const data = dataOf(
      START,
      { type: "block-start", block: { type: "refusal" } },
      { type: "block-delta", text: "No." },
      { type: "block-end" },
      { type: "message-end", stopReason: "refusal" },
    );
    assertEquals(data[2]?.delta, { type: "text_delta", text: "No." });
    assertEquals((data.at(-2)?.delta as JsonObject).stop_reason, "refusal");
  });

  it("leaves out blocks that only another protocol understands", () => {
    const block = { type: "opaque", owner: "openai_responses", value: { type: "x" } } as const;
    const data = dataOf(START, { type: "block-start", block }, { type: "block-end" }, ...text("a"));
    assertEquals(data.slice(1).map(({ type, index }) => `${type} ${index}`), [
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_stop 0",
    ]);
  });

  it("writes an error as the last event, and no end", () => {
    const fault = { kind: "overloaded", status: 529, message: "Busy" } as const;
    assertEquals(dataOf(START, ...text("a"), { type: "error", fault }).at(-1), {
      type: "error",
      error: { type: "overloaded_error", message: "Busy" },
    });
  });

  for (const name of ["text", "thinking_and_tools", "server_tool", "redacted_refusal"]) {
    it(`says ${name} so that it reads the same`, () => {
      const events = eventsOf(transcript(`${name}.stream.sse`));
      const encoder = new MessagesStreamEncoder(CONTEXT);
      const written = events.flatMap((event) => encoder.push(event))
        .map(({ event, data }) => `event: ${event}\ndata: ${data}\n\n`).join("");
      const again = eventsOf(written);
      const withoutUsage = (list: StreamEvent[]) => list.filter(({ type }) => type !== "usage");
      assertEquals(withoutUsage(again), withoutUsage(events));
      assertEquals(
        again.findLast(({ type }) => type === "usage"),
        events.findLast(({ type }) => type === "usage"),
      );
    });
  }
});
