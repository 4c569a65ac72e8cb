/** What a stub says to a request: a tool's call first, then words. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { AssistantBlock, ToolResultBlock } from "../../../lib/chat/block.ts";
import type { ChatRequest, FunctionTool, Message, Tool } from "../../../lib/chat/request.ts";
import { answerTo } from "../../../lib/stub/answer.ts";

const FACTS = { id: "7", inputTokens: 12 };

function ask(request: Partial<ChatRequest>): AssistantBlock {
  return answer(request).content[0]!;
}

function answer(request: Partial<ChatRequest>) {
  const whole: ChatRequest = {
    source: "openai_chat",
    model: "m",
    stream: false,
    messages: [user("hello")],
    ...request,
  };
  return answerTo(whole, FACTS);
}

function user(text: string): Message {
  return { role: "user", content: [{ type: "text", text }] };
}

const result: ToolResultBlock = {
  type: "tool-result",
  toolCallId: "c",
  content: [{ type: "text", text: "sunny" }],
  isError: false,
};

const weather: FunctionTool = {
  type: "function",
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const clock: FunctionTool = { type: "function", name: "clock" };
const search: Tool = { type: "server", owner: "anthropic_messages", name: "web_search", value: {} };
const CALL = {
  type: "tool-call",
  id: "call_7",
  name: "weather",
  input: '{"city":"stub"}',
} as const;

describe("answerTo()", () => {
  it("quotes the last that the user said, and ends", () => {
    const response = answer({ messages: [user("first"), user("last")] });
    assertEquals(response, {
      id: "",
      model: "m",
      content: [{ type: "text", text: "This is m. You said: last" }],
      stopReason: "end",
      usage: { inputTokens: 12, outputTokens: 7 },
    });
  });

  it("cuts a long quotation, between characters", () => {
    const block = ask({ messages: [user("x".repeat(199) + "🎉".repeat(100))] });
    assert(block.type === "text" && block.text.isWellFormed());
    assert(block.text.length < 250 && block.text.endsWith("…"));
  });

  it("says something to a conversation without a user", () => {
    assertEquals(ask({ messages: [] }), { type: "text", text: "This is m. You said: " });
  });

  const calls: { name: string; request: Partial<ChatRequest>; block: AssistantBlock }[] = [
    { name: "the first tool", request: { tools: [weather, clock] }, block: CALL },
    {
      name: "the tool that it must call",
      request: { tools: [clock, weather], toolChoice: { type: "tool", name: "weather" } },
      block: CALL,
    },
    { name: "no tool of the upstream's", request: { tools: [search, weather] }, block: CALL },
    {
      name: "a tool without a schema with an empty object",
      request: { tools: [clock], toolChoice: { type: "required" } },
      block: { type: "tool-call", id: "call_7", name: "clock", input: "{}" },
    },
    {
      name: "a tool of free text with words",
      request: { tools: [{ type: "freeform", name: "patch" }] },
      block: { type: "tool-call", id: "call_7", name: "patch", input: "stub", isFreeform: true },
    },
  ];
  for (const { name, request, block } of calls) {
    it(`calls ${name}`, () => {
      assertEquals(ask(request), block);
      assertEquals(answer(request).stopReason, "tool-calls");
    });
  }

  const words: { name: string; request: Partial<ChatRequest>; text: string }[] = [
    {
      name: "that it may call none",
      request: { tools: [weather], toolChoice: { type: "none" } },
      text: "This is m. You said: hello",
    },
    {
      name: "after a tool's result",
      request: { tools: [weather], messages: [user("hello"), { role: "user", content: [result] }] },
      text: "This is m. The tool said: sunny",
    },
    {
      name: "where the tool to call is not there",
      request: { tools: [weather], toolChoice: { type: "tool", name: "none" } },
      text: "This is m. You said: hello",
    },
    {
      name: "where only the upstream's own tools are there",
      request: { tools: [search] },
      text: "This is m. You said: hello",
    },
    {
      name: "as JSON where that is asked for",
      request: { outputFormat: { type: "json_object" } },
      text: '{"stub":true}',
    },
    {
      name: "as JSON of a schema",
      request: {
        outputFormat: {
          type: "json_schema",
          schema: { type: "object", properties: { a: { type: "integer" } } },
        },
      },
      text: '{"a":1}',
    },
  ];
  for (const { name, request, text } of words) {
    it(`answers in words ${name}`, () => assertEquals(ask(request), { type: "text", text }));
  }

  it("calls no second tool when the user spoke after a tool's result, unless it must", () => {
    const messages: Message[] = [{ role: "user", content: [result] }, user("and now?")];
    const text = "This is m. You said: and now?";
    assertEquals(ask({ tools: [weather], messages }), { type: "text", text });
    const toolChoice = { type: "tool", name: "weather" } as const;
    assertEquals(ask({ tools: [weather], messages, toolChoice }), CALL);
  });

  it("calls no tool for a task that a stub gave away, or agents would call agents for ever", () => {
    const text = "This is m. You said: stub";
    assertEquals(ask({ tools: [weather], messages: [user("stub")] }), { type: "text", text });
  });

  it("says the same to the same request", () => {
    assertEquals(answer({ tools: [weather] }), answer({ tools: [weather] }));
  });
});
