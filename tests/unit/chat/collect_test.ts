/** Whole answers from events. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ResponseCollector } from "../../../lib/chat/collect.ts";
import type { StreamEvent } from "../../../lib/chat/stream_event.ts";

function collect(events: StreamEvent[]): ResponseCollector {
  const collector = new ResponseCollector();
  for (const event of events) collector.push(event);
  return collector;
}

const start: StreamEvent = { type: "message-start", id: "m1", model: "small" };

describe("ResponseCollector", () => {
  it("joins the deltas of every kind of block", () => {
    const collector = collect([
      start,
      { type: "block-start", block: { type: "reasoning" } },
      { type: "block-delta", text: "Hm" },
      { type: "block-delta", text: "m." },
      { type: "block-end", signature: { owner: "anthropic_messages", value: "sig" } },
      { type: "block-start", block: { type: "text" } },
      { type: "block-delta", text: "Yes" },
      { type: "block-end" },
      { type: "block-start", block: { type: "tool-call", id: "t1", name: "ls" } },
      { type: "block-delta", text: '{"a":' },
      { type: "block-delta", text: "1}" },
      { type: "block-end" },
      { type: "block-start", block: { type: "opaque", owner: "openai_chat", value: { a: 1 } } },
      { type: "block-end" },
      { type: "block-start", block: { type: "refusal" } },
      { type: "block-delta", text: "No" },
      { type: "block-end" },
      { type: "message-end", stopReason: "stop-sequence", stopSequence: "X" },
    ]);
    assertEquals(collector.response(), {
      id: "m1",
      model: "small",
      content: [
        {
          type: "reasoning",
          text: "Hmm.",
          signature: { owner: "anthropic_messages", value: "sig" },
        },
        { type: "text", text: "Yes" },
        { type: "tool-call", id: "t1", name: "ls", input: '{"a":1}' },
        { type: "opaque", owner: "openai_chat", value: { a: 1 } },
        { type: "refusal", text: "No" },
      ],
      stopReason: "stop-sequence",
      stopSequence: "X",
      usage: {},
    });
  });

  it("keeps the latest of every usage figure", () => {
    const collector = collect([
      start,
      { type: "usage", usage: { inputTokens: 5, outputTokens: 1 } },
      { type: "usage", usage: { outputTokens: 9, reasoningTokens: 2 } },
      { type: "message-end", stopReason: "end" },
    ]);
    const usage = { inputTokens: 5, outputTokens: 9, reasoningTokens: 2 };
    assertEquals(collector.response()?.usage, usage);
    assertEquals(collector.usage, usage);
  });

  it("has no response before the stream has said that it is finished", () => {
    const text: StreamEvent = { type: "block-start", block: { type: "text" } };
    assertEquals(collect([start, text]).response(), undefined);
  });

  it("has a fault instead of a response when the stream failed", () => {
    const fault = { kind: "overloaded", status: 529, message: "busy" } as const;
    const collector = collect([start, { type: "error", fault }]);
    assertEquals(collector.fault, fault);
    assertEquals(collector.response(), undefined);
  });
});
