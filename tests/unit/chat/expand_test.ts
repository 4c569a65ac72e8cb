/** Events from whole answers, and that collecting them gives the answer back. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ResponseCollector } from "../../../lib/chat/collect.ts";
import { expandResponse } from "../../../lib/chat/expand.ts";
import { checkedStream } from "../../../lib/chat/grammar.ts";
import type { ChatResponse } from "../../../lib/chat/response.ts";

const whole: ChatResponse = {
  id: "m1",
  model: "small",
  content: [
    { type: "reasoning", text: "", signature: { owner: "openai_responses", value: "sig" } },
    { type: "reasoning", text: "Hm" },
    { type: "text", text: "Yes" },
    { type: "text", text: "" },
    { type: "refusal", text: "No" },
    { type: "tool-call", id: "t1", name: "ls", input: "{}" },
    { type: "tool-call", id: "t2", name: "patch", input: "", isFreeform: true },
    { type: "opaque", owner: "openai_responses", value: { type: "web_search_call" } },
  ],
  stopReason: "stop-sequence",
  stopSequence: "X",
  usage: { inputTokens: 3, outputTokens: 4 },
};

function collected(response: ChatResponse): ChatResponse | undefined {
  const collector = new ResponseCollector();
  for (const event of expandResponse(response)) collector.push(event);
  return collector.response();
}

describe("expandResponse()", () => {
  it("makes a stream that obeys the grammar", () => checkedStream(expandResponse(whole)));

  it("makes a stream that collects into the same response", () => {
    assertEquals(collected(whole), whole);
    const bare: ChatResponse = { id: "", model: "", content: [], stopReason: "end", usage: {} };
    assertEquals(collected(bare), bare);
  });

  it("leaves extras and pictures behind", () => {
    const text = { type: "text", text: "Yes" } as const;
    const extras = { openai_chat: { annotations: [] } };
    const response: ChatResponse = {
      ...whole,
      content: [
        { ...text, extras },
        { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
      ],
      extras,
    };
    assertEquals(collected(response), { ...whole, content: [text] });
  });

  it("says the words of each block in one delta", () => {
    const events = expandResponse({
      ...whole,
      content: [{ type: "text", text: "Yes" }],
      usage: {},
    });
    assertEquals(events, [
      { type: "message-start", id: "m1", model: "small" },
      { type: "block-start", block: { type: "text" } },
      { type: "block-delta", text: "Yes" },
      { type: "block-end" },
      { type: "message-end", stopReason: "stop-sequence", stopSequence: "X" },
    ]);
  });
});
