/**
 * The same few things done with each official SDK, so that one table can compare them.
 *
 * @module
 */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Protocol } from "../../lib/base/protocol.ts";
import type { SdkScene } from "./sdk_scene.ts";

/** How the answer is asked for. */
export interface Way {
  stream: boolean;
}

/** An answer, as far as all protocols have it. */
export interface Heard {
  text: string;
  /** The whole prompt, what was read from a cache included. */
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Whether the model said that it was done. */
  isFinished: boolean;
}

/** A loop over a tool. */
export interface Looped {
  /** The places that the tool was called with, in order. */
  cities: string[];
  /** The words after the results. */
  text: string;
}

/** The models that a loop asks: first for the calls, then for the words about their results. */
export type LoopModels = readonly [first: string, second: string];

/** What a client of one protocol does. */
export interface Driver {
  ask(scene: SdkScene, model: string, way: Way): Promise<Heard>;
  /** Answers each call of the tool with `rain in CITY`. */
  loop(scene: SdkScene, models: LoopModels, way: Way): Promise<Looped>;
}

const QUESTION = "hello";
const SYSTEM = "Be brief.";
const MAX_TOKENS = 100;
const SCHEMA = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
};
const TOOL = { name: "get_weather", description: "The weather in a city" };

function cityOf(input: string | unknown): string {
  const { city } = (typeof input === "string" ? JSON.parse(input) : input) as { city: string };
  return city;
}

function weatherIn(city: string): string {
  return `rain in ${city}`;
}

const chat: Driver = {
  async ask({ openai }, model, { stream }) {
    const { usage, choices: [choice] } = await completionOf(openai, stream, {
      model,
      max_completion_tokens: MAX_TOKENS,
      messages: [{ role: "system", content: SYSTEM }, { role: "user", content: QUESTION }],
    });
    return {
      text: choice?.message.content ?? "",
      inputTokens: usage?.prompt_tokens ?? 0,
      cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
      isFinished: choice?.finish_reason === "stop",
    };
  },

  async loop({ openai }, [firstModel, secondModel], { stream }) {
    const tools = [{ type: "function" as const, function: { ...TOOL, parameters: SCHEMA } }];
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: QUESTION }];
    const first = await completionOf(openai, stream, { model: firstModel, tools, messages });
    const said = first.choices[0]!.message;
    const calls = said.tool_calls!.filter((call) => call.type === "function");
    const cities = calls.map((call) => cityOf(call.function.arguments));
    const second = await completionOf(openai, stream, {
      model: secondModel,
      tools,
      messages: [
        ...messages,
        said,
        ...calls.map(({ id }, index) => ({
          role: "tool" as const,
          tool_call_id: id,
          content: weatherIn(cities[index]!),
        })),
      ],
    });
    return { text: second.choices[0]!.message.content ?? "", cities };
  },
};

function completionOf(
  openai: OpenAI,
  stream: boolean,
  params: OpenAI.ChatCompletionCreateParamsNonStreaming,
): Promise<OpenAI.ChatCompletion> {
  if (!stream) return openai.chat.completions.create(params);
  return openai.chat.completions
    .stream({ ...params, stream: true, stream_options: { include_usage: true } })
    .finalChatCompletion();
}

const responses: Driver = {
  async ask({ openai }, model, { stream }) {
    const response = await responseOf(openai, stream, {
      model,
      instructions: SYSTEM,
      max_output_tokens: MAX_TOKENS,
      input: QUESTION,
    });
    return {
      text: response.output_text,
      inputTokens: response.usage?.input_tokens ?? 0,
      cachedTokens: response.usage?.input_tokens_details.cached_tokens ?? 0,
      outputTokens: response.usage?.output_tokens ?? 0,
      isFinished: response.status === "completed",
    };
  },

  async loop({ openai }, [firstModel, secondModel], { stream }) {
    const tools = [{ type: "function" as const, ...TOOL, parameters: SCHEMA, strict: true }];
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: "user", content: QUESTION }];
    const params = { tools, store: false };
    const first = await responseOf(openai, stream, { ...params, model: firstModel, input });
    const calls = first.output.filter((item) => item.type === "function_call");
    const cities = calls.map((call) => cityOf(call.arguments));
    const second = await responseOf(openai, stream, {
      ...params,
      model: secondModel,
      input: [
        ...input,
        ...first.output as OpenAI.Responses.ResponseInputItem[],
        ...calls.map(({ call_id }, index) => ({
          type: "function_call_output" as const,
          call_id,
          output: weatherIn(cities[index]!),
        })),
      ],
    });
    return { text: second.output_text, cities };
  },
};

function responseOf(
  openai: OpenAI,
  stream: boolean,
  params: OpenAI.Responses.ResponseCreateParamsNonStreaming,
): Promise<OpenAI.Responses.Response> {
  if (!stream) return openai.responses.create(params);
  return openai.responses.stream({ ...params, stream: true }).finalResponse();
}

const messages: Driver = {
  async ask({ anthropic }, model, { stream }) {
    const message = await messageOf(anthropic, stream, {
      model,
      system: SYSTEM,
      max_tokens: MAX_TOKENS,
      messages: [{ role: "user", content: QUESTION }],
    });
    const { usage } = message;
    const cachedTokens = usage.cache_read_input_tokens ?? 0;
    return {
      text: textOf(message),
      inputTokens: usage.input_tokens + cachedTokens,
      cachedTokens,
      outputTokens: usage.output_tokens,
      isFinished: message.stop_reason === "end_turn",
    };
  },

  async loop({ anthropic }, [firstModel, secondModel], { stream }) {
    const params: Omit<Anthropic.MessageCreateParamsNonStreaming, "model"> = {
      max_tokens: MAX_TOKENS,
      tools: [{ ...TOOL, input_schema: SCHEMA }],
      messages: [{ role: "user", content: QUESTION }],
    };
    const first = await messageOf(anthropic, stream, { ...params, model: firstModel });
    const calls = first.content.filter((block) => block.type === "tool_use");
    const cities = calls.map(({ input }) => cityOf(input));
    const results = calls.map(({ id }, index) => ({
      type: "tool_result" as const,
      tool_use_id: id,
      content: weatherIn(cities[index]!),
    }));
    const second = await messageOf(anthropic, stream, {
      ...params,
      model: secondModel,
      messages: [
        ...params.messages,
        { role: "assistant", content: first.content },
        { role: "user", content: results },
      ],
    });
    return { text: textOf(second), cities };
  },
};

function messageOf(
  anthropic: Anthropic,
  stream: boolean,
  params: Anthropic.MessageCreateParamsNonStreaming,
): Promise<Anthropic.Message> {
  if (!stream) return anthropic.messages.create(params);
  return anthropic.messages.stream(params).finalMessage();
}

function textOf({ content }: Anthropic.Message): string {
  return content.map((block) => block.type === "text" ? block.text : "").join("");
}

/** One driver per protocol. */
export const DRIVERS: Readonly<Record<Protocol, Driver>> = {
  openai_chat: chat,
  openai_responses: responses,
  anthropic_messages: messages,
};
