// Tests of a program that uses the `@anthropic-ai/sdk` package. In a folder where that is installed:
//
//   openclaw-autoproxy stub exec sdk_tests.yml -- node anthropic.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";

// Address and key stand in the variables that `stub exec` sets.
const anthropic = new Anthropic();
const model = "claude-sonnet-5-5";

function question(content, more = {}) {
  return { model, max_tokens: 200, messages: [{ role: "user", content }], ...more };
}

function ask(content, more) {
  return anthropic.messages.create(question(content, more));
}

test("an answer", async () => {
  const { content: [block], stop_reason: reason, usage } = await ask("hello");
  assert.match(block.text, /You said: hello/);
  assert.equal(reason, "end_turn");
  assert.ok(usage.output_tokens > 0);
});

test("a stream", async () => {
  const stream = anthropic.messages.stream(question("hello"));
  let text = "";
  stream.on("text", (delta) => text += delta);
  const { stop_reason: reason } = await stream.finalMessage();
  assert.match(text, /You said: hello/);
  assert.equal(reason, "end_turn");
});

test("a tool that is called, and what comes of it", async () => {
  const tools = [{
    name: "get_weather",
    description: "The weather in a city",
    input_schema: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  }];
  const asked = { role: "user", content: "Do I need a coat?" };
  const first = await ask("", { messages: [asked], tools });
  assert.equal(first.stop_reason, "tool_use");
  const call = first.content.find(({ type }) => type === "tool_use");
  assert.deepEqual([call.name, call.input], ["get_weather", { city: "Oslo" }]);
  const result = { type: "tool_result", tool_use_id: call.id, content: "9 degrees" };
  const messages = [
    asked,
    { role: "assistant", content: first.content },
    { role: "user", content: [result] },
  ];
  const { content: [advice] } = await ask("", { messages, tools });
  assert.equal(advice.text, "Take a coat to Oslo.");
});

test("an answer that fits a schema", async () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer" } },
    required: ["city", "degrees"],
    additionalProperties: false,
  };
  const { parsed_output: place } = await anthropic.messages.parse(
    question("Where is it cold, as JSON?", {
      output_config: { format: { type: "json_schema", schema, parse: JSON.parse } },
    }),
  );
  assert.deepEqual(place, { city: "Oslo", degrees: 9 });
});

test("a count of tokens", async () => {
  const count = async (content) => {
    const { messages } = question(content);
    return (await anthropic.messages.countTokens({ model, messages })).input_tokens;
  };
  assert.ok(await count("hello ".repeat(100)) > await count("hello"));
});

test("the client waits when it is told to, and asks again", async () => {
  const { content: [block] } = await ask("have patience");
  assert.equal(block.text, "Thank you for waiting.");
});

test("the client does not repeat what cannot succeed", async () => {
  await assert.rejects(ask("over budget"), (error) => {
    assert.ok(error instanceof Anthropic.APIError);
    assert.equal(error.status, 402);
    return true;
  });
});

test("a stream that breaks off is no answer", async () => {
  await assert.rejects(anthropic.messages.stream(question("please break off")).finalMessage());
});
