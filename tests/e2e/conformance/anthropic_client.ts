/**
 * Anthropic's own SDK: `messages`, and the runner of tools.
 *
 * @module
 */
import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import {
  type Client,
  type Loop,
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
import { ADAPTIVE_MODEL } from "./scene.ts";
import { RECALL } from "./service.ts";

const BUDGET_TOKENS = 2048;

/** `anthropic.messages` */
export const anthropicMessages: Client = {
  name: "anthropic",
  protocol: "anthropic_messages",
  hasPictures: true,
  readsThoughts: true,
  sendsHistory: true,
  takesLooseShapes: false,
  proves: () => true,

  async talk({ anthropic }, { model, stream }) {
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
      isFinished: message.stop_reason === "end_turn",
      inputTokens: usage.input_tokens + cachedTokens,
      cachedTokens,
      outputTokens: usage.output_tokens,
    };
  },

  loop: ({ anthropic }, ask) => {
    const loop = new RunnerLoop(anthropic, ask);
    return ask.secondModel === undefined ? loop.run() : loop.runByHand(ask.secondModel);
  },

  async shape({ anthropic }, { model, stream }) {
    const message = await messageOf(anthropic, stream, {
      model,
      max_tokens: MAX_TOKENS,
      messages: [{ role: "user", content: QUESTION }],
      output_config: { format: { type: "json_schema", schema: SHAPE } },
    });
    return JSON.parse(textOf(message));
  },

  failure(error) {
    if (!(error instanceof Anthropic.APIError)) throw error;
    const body = error.error as { error?: { type?: string } } | undefined;
    return {
      status: error.status,
      message: error.message,
      code: body?.error?.type,
      retryAfter: error.headers?.get("retry-after"),
    };
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

function textOf({ content }: { content: { type: string; text?: string }[] }): string {
  return content.map(({ type, text = "" }) => type === "text" ? text : "").join("");
}

/** One loop of the SDK's runner; by hand when the model changes, which the runner cannot do. */
class RunnerLoop {
  readonly #anthropic: Anthropic;
  readonly #ask: LoopAsk;
  readonly #cities: string[] = [];
  readonly #thoughts: string[] = [];

  constructor(anthropic: Anthropic, ask: LoopAsk) {
    this.#anthropic = anthropic;
    this.#ask = ask;
  }

  async run(): Promise<Loop> {
    const params = this.#params();
    const messages = [{ role: "user" as const, content: QUESTION }];
    const runner = this.#anthropic.beta.messages
      .toolRunner({ ...params, messages, stream: this.#ask.stream, thread: false });
    for await (const turn of runner) {
      this.#noteThoughts("finalMessage" in turn ? await turn.finalMessage() : turn);
    }
    const { tools, messages: history } = runner.params;
    const last = await this.#anthropic.beta.messages.create({
      ...params,
      tools: tools as Anthropic.Beta.BetaToolUnion[],
      messages: [...history, { role: "user", content: RECALL }],
    });
    this.#noteThoughts(last);
    const text = textOf(await runner.done());
    return { cities: this.#cities, text, thoughts: this.#thoughts, recalled: textOf(last) };
  }

  async runByHand(secondModel: string): Promise<Loop> {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: QUESTION }];
    const tools = [{ ...TOOL, input_schema: TOOL_INPUT }];
    const thinking = { type: "enabled" as const, budget_tokens: BUDGET_TOKENS };
    const say = async (model: string) => {
      const params = { model, max_tokens: MAX_TOKENS, tools, thinking, messages };
      const message = await messageOf(this.#anthropic, this.#ask.stream, params);
      messages.push({ role: "assistant", content: message.content });
      return message;
    };
    const { content } = await say(this.#ask.model);
    const calls = content.filter((block) => block.type === "tool_use");
    const cities = calls.map(({ input }) => (input as { city: string }).city);
    const results = calls.map(({ id }, index): Anthropic.ToolResultBlockParam => ({
      type: "tool_result",
      tool_use_id: id,
      content: weatherIn(cities[index]!),
    }));
    messages.push({ role: "user", content: results });
    const second = await say(secondModel);
    messages.push({ role: "user", content: RECALL });
    const third = await say(this.#ask.model);
    return { cities, text: textOf(second), thoughts: [], recalled: textOf(third) };
  }

  #params() {
    const { model, isThinking } = this.#ask;
    return {
      model,
      max_tokens: MAX_TOKENS,
      tools: [this.#tool()],
      ...(isThinking ? { thinking: thinkingOf(model) } : {}),
    };
  }

  #tool() {
    return betaTool({
      ...TOOL,
      inputSchema: TOOL_INPUT,
      run: (input) => {
        const { city } = input as { city: string };
        this.#cities.push(city);
        if (!this.#ask.isPicture) return weatherIn(city);
        const source = { type: "base64" as const, media_type: "image/png" as const, data: PICTURE };
        return [{ type: "text", text: weatherIn(city) }, { type: "image", source }];
      },
    });
  }

  #noteThoughts({ content }: Anthropic.Beta.BetaMessage): void {
    for (const block of content) {
      if (block.type === "thinking") this.#thoughts.push(block.thinking);
    }
  }
}

function thinkingOf(model: string): Anthropic.Beta.BetaThinkingConfigParam {
  if (model === ADAPTIVE_MODEL) return { type: "adaptive", display: "summarized" };
  return { type: "enabled", budget_tokens: BUDGET_TOKENS };
}
