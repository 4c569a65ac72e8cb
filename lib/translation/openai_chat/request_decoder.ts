/**
 * Reads a Chat request: the parameters around its messages and tools.
 *
 * Strict about types wherever the protocol names a field, tolerant about fields it does not know.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/create}
 * @module
 */
import { badRequest } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asString,
  at,
  readArray,
  readBoolean,
  readNumber,
  readObject,
  readString,
  requireArray,
  requireObject,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type {
  ChatRequest,
  OutputFormat,
  ReasoningEffort,
  ReasoningSettings,
} from "../../chat/request.ts";
import { decodeMessages } from "./message_decoder.ts";
import {
  decodeFunctionChoice,
  decodeFunctions,
  decodeToolChoice,
  decodeTools,
} from "./tool_decoder.ts";
import { keepRest } from "./wire_rest.ts";

type FieldReader = (object: JsonObject, key: string, place: string) => unknown;

/** Fields that have no canonical form, and what they must be. */
const EXTRA_FIELDS: readonly (readonly [FieldReader, readonly string[]])[] = [
  [readNumber, ["frequency_penalty", "n", "presence_penalty", "seed", "top_logprobs"]],
  [readBoolean, ["logprobs", "store"]],
  [readString, ["prompt_cache_key", "prompt_cache_retention", "service_tier", "verbosity"]],
  [readArray, ["modalities"]],
  [readObject, ["audio", "logit_bias", "metadata", "prediction", "prompt_cache_options"]],
  [readObject, ["moderation", "web_search_options"]],
];

/** The fields that are read; which of them are `known` in the end depends on the body. */
const FIELDS = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "stop",
];

/** Reads a request body; see `Codec.decodeRequest`. */
export function decodeRequest(body: JsonObject): ChatRequest {
  for (const [read, keys] of EXTRA_FIELDS) {
    for (const key of keys) read(body, key, "");
  }
  const messages = requireArray(body, "messages", "");
  if (messages.length === 0) throw badRequest("messages", "expected at least one message");
  const request: ChatRequest = {
    source: "openai_chat",
    model: requireString(body, "model", ""),
    stream: readBoolean(body, "stream", "") ?? false,
    messages: decodeMessages(messages),
  };
  const known = new Set(FIELDS);
  const form: JsonObject = {};
  if (typeof body.stream === "boolean") form.stream = true;
  readStreamOptions(body, { request, form });
  readToolFields(body, { request, known, form });
  readSampling(body, { request, form });
  readUser(body, { request, known, form });
  const reasoning = decodeReasoning(body, known);
  if (reasoning !== undefined) request.reasoning = reasoning;
  readOutputFormat(body, { request, known, form });
  return keepRest(request, body, { known, form });
}

/** What the readers of single fields write to. */
interface Target {
  request: ChatRequest;
  /** Gets the names of fields that were read into canonical form. */
  known: Set<string>;
  form: JsonObject;
}

function readStreamOptions(body: JsonObject, { request, form }: Omit<Target, "known">): void {
  const options = readObject(body, "stream_options", "");
  if (options === undefined) return;
  form.streamOptions = options;
  const includeUsage = readBoolean(options, "include_usage", "stream_options");
  if (includeUsage !== undefined) request.includeUsage = includeUsage;
}

function readToolFields(body: JsonObject, { request, known, form }: Target): void {
  const tools = decodeTools(body);
  const functions = decodeFunctions(body);
  const choice = decodeToolChoice(body);
  const functionChoice = decodeFunctionChoice(body);
  if (tools ?? functions) request.tools = tools ?? functions ?? [];
  if (tools === undefined && functions !== undefined) {
    form.functions = true;
    known.add("functions");
  }
  if (choice ?? functionChoice) request.toolChoice = choice ?? functionChoice ?? { type: "auto" };
  if (choice !== undefined && body.tool_choice !== undefined) form.toolChoice = body.tool_choice;
  if (choice === undefined && functionChoice !== undefined) {
    form.functionCall = body.function_call as JsonValue;
    known.add("function_call");
  }
  const parallel = readBoolean(body, "parallel_tool_calls", "");
  if (parallel !== undefined) request.parallelToolCalls = parallel;
}

function readSampling(body: JsonObject, { request, form }: Omit<Target, "known">): void {
  const temperature = readNumber(body, "temperature", "");
  if (temperature !== undefined) request.temperature = temperature;
  const topP = readNumber(body, "top_p", "");
  if (topP !== undefined) request.topP = topP;
  const stop = decodeStop(body.stop);
  if (stop !== undefined) request.stopSequences = stop;
  if (typeof body.stop === "string") form.stop = "string";
  const old = readNumber(body, "max_tokens", "");
  const current = readNumber(body, "max_completion_tokens", "");
  const maxTokens = current ?? old;
  if (maxTokens !== undefined) request.maxTokens = maxTokens;
  if (current !== undefined) form.maxTokensField = "max_completion_tokens";
  if (current !== undefined && old !== undefined) form.maxTokens = old;
}

function decodeStop(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) throw wrongType("stop", "a string or an array", value);
  return value.map((one, i) => asString(one, at("stop", i)));
}

/** `safety_identifier` is the new name of `user`; with both, `user` is the one others know. */
function readUser(body: JsonObject, { request, known, form }: Target): void {
  const user = readString(body, "user", "");
  const identifier = readString(body, "safety_identifier", "");
  const userId = user ?? identifier;
  if (userId !== undefined) request.userId = userId;
  known.add(user === undefined ? "safety_identifier" : "user");
  if (user === undefined && identifier !== undefined) form.userField = "safety_identifier";
}

const EFFORTS: readonly ReasoningEffort[] = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
];

function effortOf(word: string | undefined): ReasoningEffort | undefined {
  return EFFORTS.find((effort) => effort === word);
}

/** Reads OpenAI's `reasoning_effort` and OpenRouter's object `reasoning`. */
function decodeReasoning(body: JsonObject, known: Set<string>): ReasoningSettings | undefined {
  const settings: ReasoningSettings = {};
  const form: JsonObject = {};
  const effort = effortOf(readString(body, "reasoning_effort", ""));
  if (effort !== undefined) {
    settings.effort = effort;
    form.effort = true;
    known.add("reasoning_effort");
  }
  const wire = readObject(body, "reasoning", "");
  if (wire !== undefined) {
    readReasoningObject(wire, settings);
    form.object = wire;
    known.add("reasoning");
  }
  if (Object.keys(form).length === 0) return undefined;
  return { ...settings, form };
}

function readReasoningObject(wire: JsonObject, settings: ReasoningSettings): void {
  const effort = effortOf(readString(wire, "effort", "reasoning"));
  const budget = readNumber(wire, "max_tokens", "reasoning");
  const isHidden = readBoolean(wire, "exclude", "reasoning");
  if (effort !== undefined) settings.effort ??= effort;
  if (budget !== undefined) settings.budgetTokens = budget;
  if (isHidden !== undefined) settings.isVisible = !isHidden;
}

const JSON_SCHEMA_FIELDS = new Set(["name", "description", "schema", "strict"]);

function readOutputFormat(body: JsonObject, { request, known, form }: Target): void {
  const wire = readObject(body, "response_format", "");
  if (wire === undefined) return;
  const type = requireString(wire, "type", "response_format");
  if (type !== "text" && type !== "json_object" && type !== "json_schema") return;
  known.add("response_format");
  form.responseFormat = wire;
  if (type !== "text") request.outputFormat = decodeOutputFormat(wire, type);
}

function decodeOutputFormat(
  wire: JsonObject,
  type: "json_object" | "json_schema",
): OutputFormat {
  if (type === "json_schema") {
    const definition = requireObject(wire, type, "response_format");
    return decodeJsonSchema(definition, at("response_format", type));
  }
  // llama.cpp and Together take the schema beside the type.
  return isObject(wire.schema)
    ? { type: "json_schema", schema: wire.schema }
    : { type: "json_object" };
}

function decodeJsonSchema(wire: JsonObject, place: string): OutputFormat {
  const schema = readObject(wire, "schema", place) ?? {};
  const format: OutputFormat = { type: "json_schema", schema };
  const name = readString(wire, "name", place);
  if (name !== undefined) format.name = name;
  const description = readString(wire, "description", place);
  if (description !== undefined) format.description = description;
  const strict = readBoolean(wire, "strict", place);
  if (strict !== undefined) format.strict = strict;
  return keepRest(format, wire, { known: JSON_SCHEMA_FIELDS });
}
