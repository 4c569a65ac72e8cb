// Tests of a program that uses the `openai` package. In a folder where that is installed:
//
//   openclaw-autoproxy stub exec sdk_tests.yml -- node openai.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

// Address and key stand in the variables that `stub exec` sets.
const openai = new OpenAI();
const model = "gpt-5";

function ask(content, more = {}) {
  return openai.chat.completions.create({
    model,
    messages: [{ role: "user", content }],
    ...more,
  });
}

test("an answer", async () => {
  const { choices: [{ message, finish_reason: reason }], usage } = await ask("hello");
  assert.match(message.content, /You said: hello/);
  assert.equal(reason, "stop");
  assert.ok(usage.total_tokens > 0);
});

test("a stream", async () => {
  let text = "";
  let count = 0;
  for await (const { choices: [choice] } of await ask("hello", { stream: true })) {
    text += choice?.delta.content ?? "";
    count++;
  }
  assert.match(text, /You said: hello/);
  assert.ok(count > 3, `${count} chunks`);
});

test("a tool that is called, and what comes of it", async () => {
  const parameters = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  };
  const cities = [];
  const runner = openai.chat.completions.runTools({
    model,
    messages: [{ role: "user", content: "Do I need a coat?" }],
    tools: [{
      type: "function",
      function: {
        name: "get_weather",
        description: "The weather in a city",
        parameters,
        parse: JSON.parse,
        function: ({ city }) => {
          cities.push(city);
          return "9 degrees";
        },
      },
    }],
  });
  assert.equal(await runner.finalContent(), "Take a coat to Oslo.");
  assert.deepEqual(cities, ["Oslo"]);
});

test("an answer that fits a schema", async () => {
  const schema = {
    type: "object",
    properties: { city: { type: "string" }, degrees: { type: "integer" } },
    required: ["city", "degrees"],
    additionalProperties: false,
  };
  const { choices: [{ message }] } = await openai.chat.completions.parse({
    model,
    messages: [{ role: "user", content: "Where is it cold, as JSON?" }],
    response_format: { type: "json_schema", json_schema: { name: "place", schema, strict: true } },
  });
  assert.deepEqual(JSON.parse(message.content), { city: "Oslo", degrees: 9 });
});

test("the Responses API, whole and streamed", async () => {
  const { output_text: text } = await openai.responses.create({ model, input: "hello" });
  assert.match(text, /You said: hello/);
  let streamed = "";
  for await (
    const event of await openai.responses.create({ model, input: "hello", stream: true })
  ) {
    if (event.type === "response.output_text.delta") streamed += event.delta;
  }
  assert.equal(streamed, text);
});

test("embeddings", async () => {
  const { data } = await openai.embeddings.create({
    model: "text-embedding-3-small",
    input: ["one", "two", "one"],
  });
  const [one, two, again] = data.map(({ embedding }) => embedding);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, two);
});

test("the client waits when it is told to, and asks again", async () => {
  const { choices: [{ message }] } = await ask("have patience");
  assert.equal(message.content, "Thank you for waiting.");
});

test("the client does not repeat what cannot succeed", async () => {
  await assert.rejects(ask("over budget"), (error) => {
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.status, 402);
    return true;
  });
});

test("a stream that breaks off is no answer", async () => {
  const stream = await ask("please break off", { stream: true });
  await assert.rejects(async () => {
    for await (const _ of stream);
  });
});
