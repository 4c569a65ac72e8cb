/**
 * A program that asks models through each official SDK, with nothing but what its environment says.
 *
 * Run by tests as somebody's own tests would be: `stub exec -- deno run … sdk_program.ts`.
 *
 * @module
 */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { generateText, jsonSchema, streamText, tool } from "ai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";

const TOOL = { name: "get_weather", description: "The weather in a city" };
const SCHEMA = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
};
const messages = [{ role: "user" as const, content: "hello" }];
const model = "gpt-5";
const claude = "claude-sonnet-4-5";

async function withOpenAi(): Promise<string[]> {
  const openai = new OpenAI();
  const whole = await openai.chat.completions.create({ model, messages });
  const streamed = await openai.chat.completions.stream({ model, messages }).finalContent();
  const called = await openai.chat.completions.create({
    model,
    messages,
    tools: [{ type: "function", function: { ...TOOL, parameters: SCHEMA } }],
  });
  const response = await openai.responses.create({ model, input: "hello" });
  const [call] = called.choices[0]!.message.tool_calls!;
  return [
    whole.choices[0]!.message.content!,
    streamed!,
    call!.type === "function" ? call!.function.arguments : "",
    response.output_text,
  ];
}

async function withAnthropic(): Promise<string[]> {
  const anthropic = new Anthropic();
  const asked = { model: claude, max_tokens: 100, messages };
  const whole = await anthropic.messages.create(asked);
  const streamed = await anthropic.messages.stream(asked).finalText();
  const called = await anthropic.messages.create({
    ...asked,
    tools: [{ ...TOOL, input_schema: SCHEMA }],
  });
  const said = [...whole.content, ...called.content].map((block) =>
    block.type === "text" ? block.text : block.type === "tool_use" ? block.input : ""
  );
  return [...said.map((one) => JSON.stringify(one)), streamed];
}

async function withAiSdk(): Promise<string[]> {
  const tools = {
    get_weather: tool({
      description: TOOL.description,
      inputSchema: jsonSchema<{ city: string }>(SCHEMA),
      execute: ({ city }) => Promise.resolve(`rain in ${city}`),
    }),
  };
  const openai = createOpenAI();
  const { toolResults } = await generateText({ model: openai.chat(model), prompt: "hello", tools });
  const stream = streamText({ model: createAnthropic()(claude), prompt: "hello" });
  return [JSON.stringify(toolResults.map(({ output }) => output)), await stream.text];
}

const parts = [await withOpenAi(), await withAnthropic(), await withAiSdk()];
console.log(parts.flat().join("\n"));
