/**
 * Vercel's AI SDK with each of its providers that speaks one of our protocols.
 *
 * @module
 */
import {
  APICallError,
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  StreamProviderError,
  streamText,
  tool,
} from "ai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  type Ask,
  type Client,
  type Failure,
  type LoopAsk,
  MAX_TOKENS,
  PICTURE,
  QUESTION,
  SHAPE,
  SYSTEM,
  TOOL,
  TOOL_INPUT,
  weatherIn,
} from "./client.ts";
import { ADAPTIVE_MODEL, type ConformanceScene } from "./scene.ts";
import { RECALL } from "./service.ts";

const API_KEY = "client-key-of-the-conformance";
const MAX_STEPS = 5;

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>;

/** One provider of the SDK. */
interface Provider {
  model(address: string, name: string): LanguageModel;
  /** What every request says. */
  usual?: ProviderOptions;
  /** What a request says that asks a model to think. */
  thinking(model: string): ProviderOptions;
}

type Traits = Omit<Client, "talk" | "loop" | "shape" | "failure">;

/** `openai("…")`: the Responses API, with its history kept at the upstream. */
export const aiResponses = aiClient({
  name: "ai openai",
  protocol: "openai_responses",
  hasPictures: true,
  readsThoughts: true,
  sendsHistory: false,
  takesLooseShapes: false,
  proves: (upstream) => upstream !== "openai_chat",
}, {
  model: (address, name) => createOpenAI({ baseURL: `${address}/v1`, apiKey: API_KEY })(name),
  thinking: () => ({ openai: THINKING_OPENAI }),
});

const THINKING_OPENAI = {
  forceReasoning: true,
  reasoningEffort: "medium",
  reasoningSummary: "auto",
};

/** The same with nothing kept at the upstream. */
export const aiResponsesStateless = aiClient({
  name: "ai openai, store: false",
  protocol: "openai_responses",
  hasPictures: true,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: false,
  proves: () => true,
}, {
  model: (address, name) => createOpenAI({ baseURL: `${address}/v1`, apiKey: API_KEY })(name),
  usual: { openai: { store: false } },
  thinking: () => ({ openai: { ...THINKING_OPENAI, store: false } }),
});

/** `openai.chat("…")` */
export const aiChat = aiClient({
  name: "ai openai.chat",
  protocol: "openai_chat",
  hasPictures: false,
  readsThoughts: false,
  sendsHistory: true,
  takesLooseShapes: false,
  proves: () => false,
}, {
  model: (address, name) => createOpenAI({ baseURL: `${address}/v1`, apiKey: API_KEY }).chat(name),
  thinking: () => ({ openai: { forceReasoning: true, reasoningEffort: "medium" } }),
});

/** `@ai-sdk/openai-compatible` */
export const aiCompatible = aiClient({
  name: "ai openai-compatible",
  protocol: "openai_chat",
  hasPictures: false,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: false,
  proves: (upstream) => upstream === "openai_chat",
}, {
  model: (address, name) =>
    createOpenAICompatible({
      name: "gateway",
      baseURL: `${address}/v1`,
      apiKey: API_KEY,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(name),
  thinking: () => ({ gateway: { reasoningEffort: "medium" } }),
});

/** `anthropic("…")` */
export const aiAnthropic = aiClient({
  name: "ai anthropic",
  protocol: "anthropic_messages",
  hasPictures: true,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: false,
  proves: () => true,
}, {
  model: (address, name) =>
    createAnthropic({ baseURL: `${address}/anthropic/v1`, apiKey: API_KEY })(name),
  thinking: (model) => ({
    anthropic: {
      thinking: model === ADAPTIVE_MODEL
        ? { type: "adaptive", display: "summarized" }
        : { type: "enabled", budgetTokens: 2048 },
    },
  }),
});

function aiClient(traits: Traits, provider: Provider): Client {
  const common = ({ gateway }: ConformanceScene, { model }: Ask) => ({
    model: provider.model(gateway.address, model),
    maxOutputTokens: MAX_TOKENS,
    maxRetries: 0,
    ...(provider.usual ? { providerOptions: provider.usual } : {}),
  });
  return {
    ...traits,

    async talk(scene, ask) {
      const params = { ...common(scene, ask), system: SYSTEM, prompt: QUESTION };
      const { text, usage, finishReason } = await generated(ask.stream, params);
      return {
        text,
        isFinished: finishReason === "stop",
        inputTokens: usage.inputTokens,
        cachedTokens: usage.inputTokenDetails.cacheReadTokens,
        outputTokens: usage.outputTokens,
      };
    },

    async loop(scene, ask) {
      const cities: string[] = [];
      const thinking = ask.isThinking ? { providerOptions: provider.thinking(ask.model) } : {};
      const params = {
        ...common(scene, ask),
        ...thinking,
        tools: { [TOOL.name]: weatherTool(cities, ask) },
        stopWhen: isStepCount(MAX_STEPS),
      };
      const { secondModel } = ask;
      const model = secondModel && provider.model(scene.gateway.address, secondModel);
      const question: ModelMessage[] = [{ role: "user", content: QUESTION }];
      const first = await generated(ask.stream, {
        ...params,
        messages: question,
        ...(model ? { prepareStep: ({ stepNumber }) => stepNumber === 0 ? {} : { model } } : {}),
      });
      const again: ModelMessage[] = [
        ...question,
        ...first.messages,
        { role: "user", content: RECALL },
      ];
      const second = await generated(ask.stream, { ...params, messages: again });
      const thoughts = [...first.thoughts, ...second.thoughts];
      return { cities, text: first.text, thoughts, recalled: second.text };
    },

    async shape(scene, ask) {
      const output = Output.object({ schema: jsonSchema(SHAPE) });
      const params = { ...common(scene, ask), prompt: QUESTION, output };
      return (await generated(ask.stream, params)).output;
    },

    failure,
  };
}

function weatherTool(cities: string[], { isPicture }: LoopAsk) {
  return tool({
    description: TOOL.description,
    inputSchema: jsonSchema<{ city: string }>(TOOL_INPUT),
    execute: ({ city }): string => {
      cities.push(city);
      return weatherIn(city);
    },
    toModelOutput: ({ output }) => isPicture ? picture(output) : { type: "text", value: output },
  });
}

function picture(text: string) {
  const data = { type: "data" as const, data: PICTURE };
  return {
    type: "content" as const,
    value: [
      { type: "text" as const, text },
      { type: "file" as const, mediaType: "image/png", data },
    ],
  };
}

type Params = Parameters<typeof generateText>[0] & { output?: Output.Output };

/** The same of both functions. */
async function generated(stream: boolean, params: Params) {
  if (!stream) {
    const result = await generateText(params);
    return {
      text: result.text,
      usage: result.usage,
      finishReason: result.finishReason,
      messages: result.responseMessages,
      thoughts: result.steps.flatMap(({ reasoningText }) => reasoningText ?? []),
      output: params.output ? result.output : undefined,
    };
  }
  let failed: { error: unknown } | undefined;
  const result = streamText({ ...params, onError: ({ error }) => void (failed ??= { error }) });
  await result.consumeStream();
  if (failed) throw failed.error;
  return {
    text: await result.text,
    usage: await result.usage,
    finishReason: await result.finishReason,
    messages: await result.responseMessages,
    thoughts: (await result.steps).flatMap(({ reasoningText }) => reasoningText ?? []),
    output: params.output ? await result.output : undefined,
  };
}

function failure(error: unknown): Failure {
  if (StreamProviderError.isInstance(error)) {
    const { statusCode, message, code, type } = error;
    return { status: statusCode, message, code: code ?? type, retryAfter: undefined };
  }
  if (!APICallError.isInstance(error)) throw error;
  const { statusCode, message, data, responseHeaders } = error;
  const { code, type } = (data as { error?: { code?: string; type?: string } })?.error ?? {};
  return {
    status: statusCode,
    message,
    code: code ?? type,
    retryAfter: responseHeaders?.["retry-after"],
  };
}
