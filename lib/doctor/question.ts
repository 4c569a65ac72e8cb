/**
 * What an upstream is asked, as requests of a client that speaks another protocol.
 *
 * Then the gateway writes every field itself, which is where quirks count: a client of the
 * upstream's own protocol has its own words passed on.
 *
 * @module
 */
import type { Protocol } from "../base/protocol.ts";
import type { AssistantBlock, UserBlock } from "../chat/block.ts";
import type { ChatRequest, FunctionTool, Message } from "../chat/request.ts";

/** One thing that is asked. */
export type QuestionName =
  | "answer"
  | "stream"
  | "tools"
  | "toolResults"
  | "vision"
  | "limits"
  | "structuredOutput";

/** Every question, in the order in which they are asked. */
export const QUESTIONS: readonly QuestionName[] = [
  "answer",
  "stream",
  "tools",
  "toolResults",
  "vision",
  "limits",
  "structuredOutput",
];

/** To whom a question is put. */
export interface Asked {
  protocol: Protocol;
  model: string;
  /** The limit of each answer, in tokens. */
  maxTokens: number;
}

/** More than any model writes: it is refused, or cut to what is possible. */
export const ABSURD_MAX_TOKENS = 100_000_000;

/** The tool that is offered. */
export const WEATHER_TOOL: FunctionTool = {
  type: "function",
  name: "get_weather",
  description: "Tells the weather in one city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

/** The shape that is asked for. */
const SUM_SCHEMA = {
  type: "object",
  properties: { sum: { type: "integer" } },
  required: ["sum"],
  additionalProperties: false,
};

/** A red square of 32 by 32 pixels: some models take none that are smaller than 28. */
const RED_PNG =
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJ0lEQVR42u3NsQkAAAjAsP7/tF7hIASyp6lTCQQC" +
  "gUAgEAgEgi/BAjLD/C5w/SM9AAAAAElFTkSuQmCC";

/** Ids as the other protocols' services make them: too long, or of other signs, for the strict. */
const CALL_IDS: Readonly<Record<Protocol, readonly [string, string]>> = {
  openai_chat: ["toolu_01Xv4Rk9Wq2Ys7Tn5Mb8Lp01", "toolu_01Xv4Rk9Wq2Ys7Tn5Mb8Lp02"],
  openai_responses: ["toolu_01Xv4Rk9Wq2Ys7Tn5Mb8Lp01", "toolu_01Xv4Rk9Wq2Ys7Tn5Mb8Lp02"],
  anthropic_messages: ["functions.get_weather:0", "functions.get_weather:1"],
};

const WEATHER_QUESTION = says(
  "What is the weather in Oslo, and in Lima? Call get_weather once for each city, both at once, " +
    "and say nothing else.",
);

/** The request that asks it. */
export function requestOf(name: QuestionName, { protocol, model, maxTokens }: Asked): ChatRequest {
  const base: ChatRequest = {
    source: protocol === "anthropic_messages" ? "openai_chat" : "anthropic_messages",
    model,
    stream: false,
    messages: [],
    maxTokens,
  };
  return { ...base, ...PARTS[name](protocol) };
}

const PARTS: Readonly<Record<QuestionName, (protocol: Protocol) => Partial<ChatRequest>>> = {
  answer: () => ({
    messages: [
      { role: "system", content: [{ type: "text", text: "Answer as briefly as you can." }] },
      says("Say: ready"),
    ],
    temperature: 0.5,
    stopSequences: ["\n\n\n"],
  }),
  stream: () => ({ stream: true, messages: [says("Count from 1 to 5, with digits.")] }),
  // Streamed, as agents want it: calls in streams are where servers go wrong.
  tools: () => ({ stream: true, messages: [WEATHER_QUESTION], tools: [WEATHER_TOOL] }),
  toolResults: (protocol) => ({ messages: weatherHistory(protocol), tools: [WEATHER_TOOL] }),
  vision: () => ({
    messages: [
      says("Which colour is this picture? One word.", {
        type: "image",
        source: { kind: "base64", mediaType: "image/png", data: RED_PNG },
      }),
    ],
  }),
  limits: () => ({ messages: [says("Say: ready")], maxTokens: ABSURD_MAX_TOKENS }),
  structuredOutput: () => ({
    messages: [says("How much is 2 + 3? Answer in JSON, as the schema says.")],
    outputFormat: { type: "json_schema", name: "sum", schema: SUM_SCHEMA, strict: true },
  }),
};

function says(text: string, ...more: UserBlock[]): Message {
  return { role: "user", content: [{ type: "text", text }, ...more] };
}

/** A conversation in which another model thought, and called the tool twice. */
function weatherHistory(protocol: Protocol): Message[] {
  const ids = CALL_IDS[protocol];
  const calls: AssistantBlock[] = ["Oslo", "Lima"].map((city, at) => ({
    type: "tool-call",
    id: ids[at]!,
    name: WEATHER_TOOL.name,
    input: JSON.stringify({ city }),
  }));
  const results: UserBlock[] = ["rain", "sun"].map((text, at) => ({
    type: "tool-result",
    toolCallId: ids[at]!,
    content: [{ type: "text", text }],
  }));
  return [
    WEATHER_QUESTION,
    {
      role: "assistant",
      content: [{ type: "reasoning", text: "Two cities, so two calls." }, ...calls],
    },
    { role: "user", content: results },
  ];
}
