/**
 * Writes a Chat request: the parameters around its messages and tools.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { ChatRequest, OutputFormat, ReasoningEffort } from "../../chat/request.ts";
import type { EncodedRequest, Quirks } from "../codec.ts";
import { dropParams } from "../dropped_param.ts";
import { addForeignLosses } from "../foreign_losses.ts";
import { refuseStoredState } from "../stored_state.ts";
import { type EncodingContext, encodingContext } from "./encoding_context.ts";
import { encodeMessages } from "./message_encoder.ts";
import { encodeToolFields } from "./tool_encoder.ts";
import { writeRest } from "./wire_rest.ts";

/** Writes a request for a Chat upstream; see `Codec.encodeRequest`. */
export function encodeRequest(request: ChatRequest, quirks: Quirks): EncodedRequest {
  if (request.source !== "openai_chat") refuseStoredState(request);
  const context = encodingContext(request, quirks);
  const { isOwn, losses } = context;
  addForeignLosses(request, { target: "openai_chat", losses });
  const body: JsonObject = {
    model: request.model,
    messages: encodeMessages(request, context),
    ...encodeToolFields(request, losses),
    ...encodeSampling(request, context),
    ...(isOwn ? encodeOwnFields(request) : encodeForeignFields(request, context)),
    ...writeRest(request, isOwn),
  };
  dropParams(body, quirks.dropParams, { harmless: HARMLESS_PARAMS, losses });
  return { body, headers: {}, losses: losses.list() };
}

function encodeSampling(request: ChatRequest, { isOwn, quirks }: EncodingContext): JsonObject {
  const fields: JsonObject = {};
  const { maxTokens, temperature, topP, stopSequences, form } = request;
  if (maxTokens !== undefined) {
    const field = quirks.maxTokensField ?? (isOwn && form?.maxTokensField) ?? "max_tokens";
    fields[typeof field === "string" ? field : "max_tokens"] = maxTokens;
  }
  if (temperature !== undefined) fields.temperature = temperature;
  if (topP !== undefined) fields.top_p = topP;
  if (stopSequences !== undefined && (isOwn || stopSequences.length > 0)) {
    const isString = isOwn && form?.stop === "string";
    fields.stop = isString ? stopSequences[0] ?? "" : stopSequences;
  }
  return fields;
}

/** The parameters of a request that came from a Chat client, as it wrote them. */
function encodeOwnFields(request: ChatRequest): JsonObject {
  const { form = {}, reasoning, userId } = request;
  const fields: JsonObject = {};
  if (form.stream === true || request.stream) fields.stream = request.stream;
  if (form.streamOptions !== undefined) fields.stream_options = form.streamOptions;
  if (form.maxTokens !== undefined) fields.max_tokens = form.maxTokens;
  if (form.responseFormat !== undefined) fields.response_format = form.responseFormat;
  if (userId !== undefined) {
    fields[form.userField === "safety_identifier" ? "safety_identifier" : "user"] = userId;
  }
  if (reasoning?.form?.effort === true && reasoning.effort !== undefined) {
    fields.reasoning_effort = reasoning.effort;
  }
  if (reasoning?.form?.object !== undefined) fields.reasoning = reasoning.form.object;
  return fields;
}

/** OpenAI refuses a longer name of the user. */
const MAX_USER_LENGTH = 64;

/** The parameters of a request that came in another protocol. */
function encodeForeignFields(request: ChatRequest, context: EncodingContext): JsonObject {
  const fields: JsonObject = {};
  if (request.stream) {
    fields.stream = true;
    // Chat servers count tokens of a stream only when asked.
    fields.stream_options = { include_usage: true };
  }
  const effort = encodeEffort(request, context);
  if (effort !== undefined) fields.reasoning_effort = effort;
  if (request.outputFormat !== undefined) {
    fields.response_format = encodeOutputFormat(request.outputFormat);
  }
  const { userId } = request;
  if (userId !== undefined && userId.length <= MAX_USER_LENGTH) fields.user = userId;
  else if (userId !== undefined) context.losses.add(context.words.userId, "dropped", false);
  return fields;
}

/** The efforts that servers agree on; what lies beyond is rounded to the nearest. */
const COMMON_EFFORT: Readonly<Record<ReasoningEffort, ReasoningEffort>> = {
  none: "none",
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

/** The most tokens of thought that are still called so, in rising order. */
const EFFORT_OF_BUDGET: readonly (readonly [number, ReasoningEffort])[] = [
  [4096, "low"],
  [16384, "medium"],
  [Infinity, "high"],
];

function encodeEffort(
  { source, reasoning }: ChatRequest,
  { losses, words }: EncodingContext,
): ReasoningEffort | undefined {
  const { effort, budgetTokens } = reasoning ?? {};
  if (effort === "none" && source === "anthropic_messages") {
    // It is that protocol's default, and most models refuse a parameter that turns thinking off.
    losses.add("thinking.type", "dropped", false);
    return undefined;
  }
  if (effort !== undefined) {
    const common = COMMON_EFFORT[effort];
    if (common !== effort) losses.add(words.effort, "approximated", false);
    return common;
  }
  if (budgetTokens === undefined) return undefined;
  losses.add(words.budget, "approximated", false);
  return EFFORT_OF_BUDGET.find(([most]) => budgetTokens <= most)?.[1];
}

/** OpenAI wants a name for every schema. */
const DEFAULT_SCHEMA_NAME = "response";

function encodeOutputFormat(format: OutputFormat): JsonObject {
  if (format.type === "json_object") return { type: "json_object" };
  const { name = DEFAULT_SCHEMA_NAME, description, schema, strict } = format;
  const wire: JsonObject = { name };
  if (description !== undefined) wire.description = description;
  wire.schema = schema;
  if (strict !== undefined) wire.strict = strict;
  return { type: "json_schema", json_schema: wire };
}

/** Parameters without which the answer would say the same. */
const HARMLESS_PARAMS = new Set(["metadata", "store", "stream_options", "user"]);
