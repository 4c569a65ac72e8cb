/** The stream grammar: one row per rule, and that lawful streams pass. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkedStream, GrammarChecker } from "../../../lib/chat/grammar.ts";
import type { StreamEvent } from "../../../lib/chat/stream_event.ts";

const start: StreamEvent = { type: "message-start", id: "m", model: "x" };
const text: StreamEvent = { type: "block-start", block: { type: "text" } };
const thought: StreamEvent = { type: "block-start", block: { type: "reasoning" } };
const opaque: StreamEvent = {
  type: "block-start",
  block: { type: "opaque", owner: "openai_chat", value: {} },
};
const delta: StreamEvent = { type: "block-delta", text: "a" };
const close: StreamEvent = { type: "block-end" };
const signed: StreamEvent = {
  type: "block-end",
  signature: { owner: "anthropic_messages", value: "s" },
};
const usage: StreamEvent = { type: "usage", usage: {} };
const end: StreamEvent = { type: "message-end", stopReason: "end" };
const error: StreamEvent = {
  type: "error",
  fault: { kind: "upstream", status: 502, message: "broken" },
};

const lawful: [name: string, events: StreamEvent[]][] = [
  ["an answer without blocks", [start, end]],
  ["an answer with blocks and usage", [
    start,
    usage,
    text,
    delta,
    delta,
    close,
    usage,
    thought,
    signed,
    opaque,
    close,
    end,
  ]],
  ["an error first", [error]],
  ["an error after the start", [start, error]],
  ["an error inside a block", [start, text, delta, error]],
];

const broken: [rule: string, events: StreamEvent[]][] = [
  ["A block-start came before message-start", [text]],
  ["A message-end came before message-start", [end]],
  ["A usage came before message-start", [usage]],
  ["A second message-start came", [start, start]],
  ["A text block started inside an open reasoning block", [start, thought, text]],
  ["A block-delta came outside a block", [start, delta]],
  ["A block-delta came outside a block", [start, text, close, delta]],
  ["A block-delta came inside an opaque block", [start, opaque, delta]],
  ["A block-delta is empty", [start, text, { type: "block-delta", text: "" }]],
  ["A block-end came outside a block", [start, close]],
  ["A text block ended with a signature", [start, text, signed]],
  ["A usage came inside an open text block", [start, text, usage]],
  ["A message-end came inside an open text block", [start, text, end]],
  ['An event "usage" came after the stream\'s end', [start, end, usage]],
  ['An event "error" came after the stream\'s end', [error, error]],
  ["The stream has neither message-end nor error", []],
  ["The stream has neither message-end nor error", [start, text, delta, close]],
];

describe("GrammarChecker", () => {
  for (const [name, events] of lawful) {
    it(`accepts ${name}`, () => checkedStream(events));
  }

  for (const [rule, events] of broken) {
    it(`says "${rule}" of ${events.map(({ type }) => type).join(", ") || "nothing"}`, () => {
      const checker = new GrammarChecker();
      const problems = [...events.map((event) => checker.push(event)), checker.end()];
      assertEquals(problems.find((problem) => problem !== undefined), rule);
    });
  }
});

describe("checkedStream()", () => {
  it("throws the rule and the position of the event that breaks it", () => {
    assertThrows(() => checkedStream([start, text, end]), Error, "Event 2: A message-end came");
    assertThrows(() => checkedStream([start]), Error, "neither message-end nor error");
  });
});
