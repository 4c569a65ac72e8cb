/**
 * Writes a request that came from another protocol as a Messages request.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { Losses } from "../../chat/loss.ts";
import type { ChatRequest, FreeformTool, Message, Tool } from "../../chat/request.ts";
import type { Quirks } from "../codec.ts";
import type { ToolCallIds } from "../tool_call_id.ts";
import { isClaude } from "./claude_model.ts";
import { toolChoiceWire } from "./native_request.ts";
import { outputSchema, toolSchema } from "./schema.ts";
import { SOURCE_NAMES, type SourceNames } from "./source_names.ts";
import { type ThinkingFields, thinkingFields } from "./thinking_settings.ts";
import { FREEFORM_FIELD } from "./tool_input.ts";
import { systemText, textWire, Turns } from "./turns.ts";

/** Sent when neither the client nor the route says how long the answer may be. */
export const DEFAULT_MAX_TOKENS = 8_192;
/** The longest name of a user that the API takes. */
const MAX_USER_ID_LENGTH = 256;
/** The least `top_p` that the API takes while thinking is on. */
const MIN_THINKING_TOP_P = 0.95;

/** What the encoding of one request shares. */
export interface ForeignContext {
  ids: ToolCallIds;
  losses: Losses;
  quirks: Quirks;
}

/** Writes the body of a request whose source is another protocol. */
export function encodeForeignRequest(request: ChatRequest, context: ForeignContext): JsonObject {
  return new ForeignRequest(request, context).body();
}

class ForeignRequest {
  readonly #request: ChatRequest;
  readonly #losses: Losses;
  readonly #quirks: Quirks;
  readonly #names: SourceNames;
  readonly #turns: Turns;

  constructor(request: ChatRequest, { ids, losses, quirks }: ForeignContext) {
    this.#request = request;
    this.#losses = losses;
    this.#quirks = quirks;
    this.#names = SOURCE_NAMES[request.source];
    const vision = quirks.vision !== false;
    this.#turns = new Turns({ ids, losses, names: this.#names, vision });
  }

  body(): JsonObject {
    const { model, stream } = this.#request;
    const system = this.#system();
    const messages = this.#turns.build();
    const tools = this.#tools();
    const maxTokens = this.#request.maxTokens ?? this.#quirks.defaultMaxTokens ??
      DEFAULT_MAX_TOKENS;
    const choice = this.#toolChoice(tools);
    const thinking = this.#thinking(maxTokens, choice?.type === "any" || choice?.type === "tool");
    return {
      model,
      max_tokens: maxTokens,
      ...(system.length > 0 && { system }),
      messages,
      ...(tools.length > 0 && { tools }),
      ...(choice !== undefined && { tool_choice: choice }),
      ...(stream && { stream }),
      ...this.#sampling(thinking.thinking !== undefined && thinking.thinking.type !== "disabled"),
      ...(thinking.thinking !== undefined && { thinking: thinking.thinking }),
      ...this.#outputConfig(thinking),
      ...this.#stopSequences(),
      ...this.#metadata(),
    };
  }

  /** Takes the system turns at the head, and hands all others to the turns. */
  #system(): JsonObject[] {
    const { messages } = this.#request;
    const found = messages.findIndex((message) => message.role !== "system");
    const heads = found < 0 ? messages.length : found;
    const texts = messages.slice(0, heads)
      .flatMap((message) => message.content as (Message & { role: "system" })["content"])
      .map((block) => systemText([block])).filter((text) => text !== "");
    for (const message of messages.slice(heads)) this.#turns.add(message);
    if (heads < messages.length || texts.length === 0) return texts.map(textWire);
    // Some clients put their whole prompt into a system turn; the API wants a user to speak.
    this.#losses.add(this.#names.messages, "approximated", true);
    this.#turns.add({ role: "user", content: texts.map((text) => ({ type: "text", text })) });
    return [];
  }

  #tools(): JsonObject[] {
    const tools = (this.#request.tools ?? []).map((tool) => this.#tool(tool))
      .filter((tool) => tool !== undefined);
    const called = this.#turns.calledTools;
    if (tools.length > 0 || called.size === 0) return tools;
    // A history with calls is refused unless tools are defined.
    this.#losses.add("tools", "approximated", false);
    return [...called].map((name) => ({ name, input_schema: { type: "object", properties: {} } }));
  }

  #tool(tool: Tool): JsonObject | undefined {
    switch (tool.type) {
      case "server":
        return tool.owner === "anthropic_messages" ? tool.value : undefined;
      case "freeform":
        this.#losses.add("tools.custom", "approximated", true);
        return freeformTool(tool);
      case "function": {
        const { schema, isExact } = toolSchema(tool.parameters);
        if (!isExact) this.#losses.add("tools.parameters", "approximated", false);
        if (tool.strict) this.#losses.add("tools.strict", "dropped", false);
        const description = tool.description ? { description: tool.description } : {};
        return { name: tool.name, ...description, input_schema: schema };
      }
      default:
        return tool satisfies never;
    }
  }

  #toolChoice(tools: readonly JsonObject[]): JsonObject | undefined {
    const { toolChoice, parallelToolCalls, tools: wanted = [] } = this.#request;
    if (tools.length === 0) return undefined;
    // Only definitions made up for the history are there: none of them may be called.
    if (!wanted.some((tool) => tool.type !== "server" || tool.owner === "anthropic_messages")) {
      return { type: "none" };
    }
    const choice = toolChoice?.type === "opaque" ? undefined : toolChoice;
    const isMissing = choice?.type === "tool" && !tools.some((tool) => tool.name === choice.name);
    if (isMissing) this.#losses.add("tool_choice", "dropped", true);
    const wire = choice === undefined || isMissing ? undefined : toolChoiceWire(choice);
    if (parallelToolCalls !== false || wire?.type === "none") return wire;
    return { type: "auto", ...wire, disable_parallel_tool_use: true };
  }

  #thinking(maxTokens: number, isToolForced: boolean): ThinkingFields {
    return thinkingFields(this.#request.reasoning, {
      model: this.#request.model,
      maxTokens,
      isToolForced,
      continuesWithoutThought: this.#turns.continuesWithoutThought,
      losses: this.#losses,
      names: this.#names,
    });
  }

  #sampling(isThinking: boolean): JsonObject {
    const temperature = this.#temperature(isThinking);
    const topP = this.#topP(isThinking, temperature !== undefined);
    return {
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { top_p: topP }),
    };
  }

  #temperature(isThinking: boolean): number | undefined {
    const { temperature } = this.#request;
    if (temperature === undefined) return undefined;
    if (isThinking && temperature !== 1) {
      this.#losses.add("temperature", "dropped", true);
      return undefined;
    }
    const fitted = Math.min(1, Math.max(0, temperature));
    if (fitted !== temperature) this.#losses.add("temperature", "approximated", true);
    return fitted;
  }

  #topP(isThinking: boolean, hasTemperature: boolean): number | undefined {
    const { topP, model } = this.#request;
    // 1 is what holds without it, and Claude refuses it beside a temperature.
    if (topP === undefined || topP === 1) return undefined;
    const isRefused = isThinking ? topP < MIN_THINKING_TOP_P : hasTemperature && isClaude(model);
    if (!isRefused) return topP;
    this.#losses.add("top_p", "dropped", true);
    return undefined;
  }

  #outputConfig({ effort }: ThinkingFields): JsonObject {
    const format = this.#format();
    if (effort === undefined && format === undefined) return {};
    return {
      output_config: {
        ...(effort !== undefined && { effort }),
        ...(format !== undefined && { format }),
      },
    };
  }

  #format(): JsonObject | undefined {
    const { outputFormat } = this.#request;
    if (outputFormat === undefined) return undefined;
    if (outputFormat.type === "json_object") {
      this.#losses.add(this.#names.format, "dropped", true);
      return undefined;
    }
    const { schema, isExact } = outputSchema(outputFormat.schema);
    if (!isExact) this.#losses.add(this.#names.schema, "approximated", false);
    return { type: "json_schema", schema };
  }

  #stopSequences(): JsonObject {
    const given = this.#request.stopSequences ?? [];
    // The API refuses those of white space only.
    const kept = given.filter((sequence) => sequence.trim() !== "");
    if (kept.length < given.length) this.#losses.add(this.#names.stop, "dropped", true);
    return kept.length === 0 ? {} : { stop_sequences: kept };
  }

  #metadata(): JsonObject {
    const { userId } = this.#request;
    if (userId === undefined) return {};
    if (userId.length <= MAX_USER_ID_LENGTH) return { metadata: { user_id: userId } };
    this.#losses.add(this.#names.user, "dropped", false);
    return {};
  }
}

function freeformTool(tool: FreeformTool): JsonObject {
  const grammar = tool.format?.definition;
  const hint = typeof grammar === "string" ? `The text follows this grammar:\n${grammar}` : "";
  const description = [tool.description ?? "", hint].filter((part) => part !== "").join("\n\n");
  return {
    name: tool.name,
    ...(description !== "" && { description }),
    input_schema: {
      type: "object",
      properties: {
        [FREEFORM_FIELD]: { type: "string", description: "The whole input, as text." },
      },
      required: [FREEFORM_FIELD],
    },
  };
}
