/**
 * OpenAI's own SDK: `chat.completions` with its runner of tools, and `responses`.
 *
 * @module
 */
import OpenAI from "openai";
import {
  type Client,
  type Failure,
  type Loop,
  type LoopAsk,
  LOOSE_SHAPE,
  MAX_TOKENS,
  PICTURE,
  QUESTION,
  SHAPE,
  SYSTEM,
  TOOL,
  TOOL_INPUT,
  weatherIn,
} from "./client.ts";
import { RECALL } from "./service.ts";

type ChatParams = OpenAI.ChatCompletionCreateParamsNonStreaming;

/** `openai.chat.completions` */
export const openAiChat: Client = {
  name: "openai chat",
  protocol: "openai_chat",
  hasPictures: false,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: true,
  // The runner leaves out of a message what OpenAI's own service does not know.
  proves: () => false,

  async talk({ openai }, { model, stream }) {
    const { choices: [choice], usage } = await completionOf(openai, stream, {
      model,
      max_completion_tokens: MAX_TOKENS,
      messages: [{ role: "system", content: SYSTEM }, { role: "user", content: QUESTION }],
    });
    return {
      text: choice?.message.content ?? "",
      isFinished: choice?.finish_reason === "stop",
      inputTokens: usage?.prompt_tokens,
      cachedTokens: usage?.prompt_tokens_details?.cached_tokens,
      outputTokens: usage?.completion_tokens,
    };
  },

  loop: ({ openai }, ask) => {
    const loop = new ChatLoop(openai, ask);
    return ask.secondModel === undefined ? loop.run() : loop.runByHand(ask.secondModel);
  },

  async shape({ openai }, { model, stream, isLoose }) {
    const { choices: [choice] } = await completionOf(openai, stream, {
      model,
      messages: [{ role: "user", content: QUESTION }],
      response_format: {
        type: "json_schema",
        json_schema: isLoose
          ? { name: "weather", schema: LOOSE_SHAPE }
          : { name: "weather", strict: true, schema: SHAPE },
      },
    });
    return JSON.parse(choice!.message.content!);
  },

  failure,
};

function completionOf(
  openai: OpenAI,
  stream: boolean,
  params: ChatParams,
): Promise<OpenAI.ChatCompletion> {
  if (!stream) return openai.chat.completions.create(params);
  return openai.chat.completions
    .stream({ ...params, stream: true, stream_options: { include_usage: true } })
    .finalChatCompletion();
}

/** One loop of the SDK's runner; by hand when the model changes, which the runner cannot do. */
class ChatLoop {
  readonly #openai: OpenAI;
  readonly #ask: LoopAsk;
  readonly #cities: string[] = [];
  readonly #thoughts: string[] = [];

  constructor(openai: OpenAI, ask: LoopAsk) {
    this.#openai = openai;
    this.#ask = ask;
  }

  async run(): Promise<Loop> {
    const params = this.#params();
    const messages = [{ role: "user" as const, content: QUESTION }];
    const runner = this.#ask.stream ? this.#streaming(messages) : this.#whole(messages);
    const text = await runner.finalContent() ?? "";
    const { choices: [choice] } = await this.#openai.chat.completions.create({
      ...params,
      messages: [...runner.messages.map(withoutThought), { role: "user", content: RECALL }],
    });
    this.#noteThought(choice!.message);
    const recalled = choice!.message.content ?? "";
    return { cities: this.#cities, text, thoughts: this.#thoughts, recalled };
  }

  async runByHand(secondModel: string): Promise<Loop> {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: QUESTION }];
    const say = async (model: string) => {
      const params = { ...this.#params(), model, messages };
      const { choices: [choice] } = await completionOf(this.#openai, this.#ask.stream, params);
      messages.push(withoutThought(choice!.message));
      return choice!.message;
    };
    const { tool_calls: calls = [] } = await say(this.#ask.model);
    for (const call of calls) {
      if (call.type !== "function") continue;
      const { city } = JSON.parse(call.function.arguments);
      this.#cities.push(city);
      messages.push({ role: "tool", tool_call_id: call.id, content: weatherIn(city) });
    }
    const text = (await say(secondModel)).content ?? "";
    messages.push({ role: "user", content: RECALL });
    const recalled = (await say(this.#ask.model)).content ?? "";
    return { cities: this.#cities, text, thoughts: [], recalled };
  }

  #params() {
    const { model, isThinking } = this.#ask;
    const effort = isThinking ? { reasoning_effort: "medium" as const } : {};
    return { model, max_completion_tokens: MAX_TOKENS, tools: [this.#tool()], ...effort };
  }

  #tool() {
    return {
      type: "function" as const,
      function: {
        ...TOOL,
        parameters: TOOL_INPUT,
        parse: (input: string) => JSON.parse(input) as { city: string },
        function: ({ city }: { city: string }) => {
          this.#cities.push(city);
          return weatherIn(city);
        },
      },
    };
  }

  #whole(messages: OpenAI.ChatCompletionMessageParam[]) {
    const runner = this.#openai.chat.completions.runTools({ ...this.#params(), messages });
    return runner.on("message", (message) => this.#noteThought(message));
  }

  #streaming(messages: OpenAI.ChatCompletionMessageParam[]) {
    const runner = this.#openai.chat.completions
      .runTools({ ...this.#params(), messages, stream: true });
    let thought = "";
    runner.on("chunk", ({ choices: [choice] }) => {
      thought += (choice?.delta as Thinking | undefined)?.reasoning_content ?? "";
      if (!choice?.finish_reason) return;
      this.#noteThought({ reasoning_content: thought });
      thought = "";
    });
    return runner;
  }

  #noteThought(message: object): void {
    const { reasoning_content: thought } = message as Thinking;
    if (thought) this.#thoughts.push(thought);
  }
}

/** As the runner itself sends it. */
function withoutThought(message: OpenAI.ChatCompletionMessageParam) {
  const { reasoning_content: _, ...rest } = message as typeof message & Thinking;
  return rest as typeof message;
}

/** What DeepSeek and others add to a message, and the SDK's types do not know. */
interface Thinking {
  reasoning_content?: string | null;
}

type Input = OpenAI.Responses.ResponseInputItem[];
type ResponseParams = OpenAI.Responses.ResponseCreateParamsNonStreaming;

/** `openai.responses`, without anything stored at the upstream. */
export const openAiResponses: Client = {
  name: "openai responses",
  protocol: "openai_responses",
  hasPictures: true,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: true,
  proves: () => true,

  async talk({ openai }, { model, stream }) {
    const response = await responseOf(openai, stream, {
      model,
      instructions: SYSTEM,
      max_output_tokens: MAX_TOKENS,
      input: QUESTION,
    });
    return {
      text: response.output_text,
      isFinished: response.status === "completed",
      inputTokens: response.usage?.input_tokens,
      cachedTokens: response.usage?.input_tokens_details.cached_tokens,
      outputTokens: response.usage?.output_tokens,
    };
  },

  loop: ({ openai }, ask) => new ResponsesLoop(openai, ask).run(),

  async shape({ openai }, { model, stream, isLoose }) {
    const format = {
      type: "json_schema" as const,
      name: "weather",
      ...(isLoose ? { strict: false, schema: LOOSE_SHAPE } : { strict: true, schema: SHAPE }),
    };
    const response = await responseOf(openai, stream, {
      model,
      input: QUESTION,
      text: { format },
    });
    return JSON.parse(response.output_text);
  },

  failure,
};

async function responseOf(
  openai: OpenAI,
  stream: boolean,
  params: ResponseParams,
): Promise<OpenAI.Responses.Response> {
  if (!stream) return await openai.responses.create(params);
  return await openai.responses.stream({ ...params, stream: true }).finalResponse();
}

/** One loop by hand, for which the SDK has no runner. */
class ResponsesLoop {
  readonly #openai: OpenAI;
  readonly #ask: LoopAsk;
  readonly #thoughts: string[] = [];

  constructor(openai: OpenAI, ask: LoopAsk) {
    this.#openai = openai;
    this.#ask = ask;
  }

  async run(): Promise<Loop> {
    const question: Input = [{ role: "user", content: QUESTION }];
    const first = await this.#response(question);
    const calls = first.output.filter((item) => item.type === "function_call");
    const cities = calls.map((call) => JSON.parse(call.arguments).city as string);
    const results: Input = calls.map(({ call_id }, index) => ({
      type: "function_call_output",
      call_id,
      output: this.#output(cities[index]!),
    }));
    const history: Input = [...question, ...first.output as Input, ...results];
    const second = await this.#response(history, this.#ask.secondModel);
    const third = await this.#response([
      ...history,
      ...second.output as Input,
      { role: "user", content: RECALL },
    ]);
    const { output_text: text } = second;
    return { cities, text, thoughts: this.#thoughts, recalled: third.output_text };
  }

  async #response(input: Input, model = this.#ask.model): Promise<OpenAI.Responses.Response> {
    const { stream, isThinking } = this.#ask;
    const tools = [{ type: "function" as const, ...TOOL, parameters: TOOL_INPUT, strict: true }];
    const thinking: Partial<ResponseParams> = isThinking
      ? {
        reasoning: { effort: "medium", summary: "auto" },
        include: ["reasoning.encrypted_content"],
      }
      : {};
    const params = { model, input, tools, store: false, max_output_tokens: MAX_TOKENS };
    const response = await responseOf(this.#openai, stream, { ...params, ...thinking });
    for (const item of response.output) {
      if (item.type !== "reasoning") continue;
      this.#thoughts.push(item.summary.map(({ text }) => text).join("\n"));
    }
    return response;
  }

  #output(city: string): OpenAI.Responses.ResponseInputItem.FunctionCallOutput["output"] {
    if (!this.#ask.isPicture) return weatherIn(city);
    return [
      { type: "input_text", text: weatherIn(city) },
      { type: "input_image", image_url: `data:image/png;base64,${PICTURE}`, detail: "auto" },
    ];
  }
}

/** What the SDK's error says. */
function failure(error: unknown): Failure {
  if (!(error instanceof OpenAI.APIError)) throw error;
  return {
    status: error.status,
    message: error.message,
    code: error.code,
    retryAfter: error.headers?.get("retry-after"),
  };
}
