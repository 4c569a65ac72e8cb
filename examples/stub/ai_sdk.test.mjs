// Tests of a program that uses the AI SDK. In a folder where `ai`, `@ai-sdk/openai` and
// `@ai-sdk/anthropic` are installed:
//
//   openclaw-autoproxy stub exec sdk_tests.yml -- node ai_sdk.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { anthropic } from "@ai-sdk/anthropic";
import { openai } from "@ai-sdk/openai";
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";

// Addresses and keys stand in the variables that `stub exec` sets.
const MODELS = {
  "OpenAI Chat": openai.chat("gpt-5"),
  "OpenAI Responses": openai("gpt-5"),
  "Anthropic": anthropic("claude-sonnet-5-5"),
};

const get_weather = tool({
  description: "The weather in a city",
  inputSchema: jsonSchema({
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  }),
  execute: ({ city }) => `9 degrees in ${city}`,
});

const place = jsonSchema({
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
});

for (const [name, model] of Object.entries(MODELS)) {
  test(`${name}: an answer`, async () => {
    const { text, finishReason } = await generateText({ model, prompt: "hello" });
    assert.match(text, /You said: hello/);
    assert.equal(finishReason, "stop");
  });

  test(`${name}: a stream`, async () => {
    const { textStream, finishReason } = streamText({ model, prompt: "hello" });
    let text = "";
    for await (const piece of textStream) text += piece;
    assert.match(text, /You said: hello/);
    assert.equal(await finishReason, "stop");
  });

  test(`${name}: a tool that is called, and what comes of it`, async () => {
    const { text, steps } = await generateText({
      model,
      prompt: "Do I need a coat?",
      tools: { get_weather },
      stopWhen: stepCountIs(3),
    });
    assert.equal(text, "Take a coat to Oslo.");
    assert.equal(steps[0].toolResults[0].output, "9 degrees in Oslo");
  });

  test(`${name}: an answer that fits a schema`, async () => {
    const { output } = await generateText({
      model,
      prompt: "Where is it cold, as JSON?",
      output: Output.object({ schema: place }),
    });
    assert.deepEqual(output, { city: "Oslo", degrees: 9 });
  });

  test(`${name}: the client waits when it is told to, and asks again`, async () => {
    // A prompt of its own for each model, as each is another conversation.
    const { text } = await generateText({ model, prompt: `${name}, have patience` });
    assert.equal(text, "Thank you for waiting.");
  });

  test(`${name}: the client does not repeat what cannot succeed`, async () => {
    await assert.rejects(generateText({ model, prompt: "over budget" }), (error) => {
      assert.ok(APICallError.isInstance(error), error);
      assert.equal(error.statusCode, 402);
      return true;
    });
  });

  test(`${name}: a stream that breaks off is no answer`, async () => {
    const errors = [];
    const { textStream } = streamText({
      model,
      prompt: "please break off",
      onError: ({ error }) => errors.push(error),
    });
    await assert.rejects(async () => {
      for await (const _ of textStream);
      if (errors.length > 0) throw errors[0];
    });
  });
}

test("embeddings", async () => {
  const { embeddings: [one, two, again] } = await embedMany({
    model: openai.embedding("text-embedding-3-small"),
    values: ["one", "two", "one"],
  });
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, two);
});
