/**
 * Reads a client's Responses request.
 *
 * Strict on types, and every complaint names its place; tolerant of fields and item types that are
 * not known here, which stay with the request for its own protocol.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/responses/create}
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  at,
  readArray,
  readBoolean,
  readNumber,
  readObject,
  readString,
  requireObject,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type {
  ChatRequest,
  Message,
  OutputFormat,
  ReasoningEffort,
  ReasoningSettings,
} from "../../chat/request.ts";
import { checkTypes, defined, type FieldType, PROTOCOL, remember } from "./form.ts";
import { readInput } from "./input_decoder.ts";
import { readToolChoice, readTools } from "./tool_decoder.ts";

/** Fields that the canonical request holds. */
const REQUEST_FIELDS = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_output_tokens",
  "temperature",
  "top_p",
  "reasoning",
  "text",
  "stream",
  "user",
]);

/** Types of the fields that are only passed on. */
const EXTRA_TYPES: Readonly<Record<string, FieldType>> = {
  background: "boolean",
  client_metadata: "object",
  include: "strings",
  max_tool_calls: "number",
  metadata: "object",
  previous_response_id: "string",
  prompt: "object",
  prompt_cache_key: "string",
  prompt_cache_retention: "string",
  safety_identifier: "string",
  service_tier: "string",
  store: "boolean",
  stream_options: "object",
  top_logprobs: "number",
  truncation: "string",
};

/**
 * Reads a client's request.
 *
 * @throws {GatewayError} `invalid_request`, naming the place of a wrong type.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const model = requireString(body, "model", "");
  checkTypes(body, EXTRA_TYPES, "");
  checkConversation(body.conversation);
  const input = readInput(body);
  const text = readText(body);
  const toolChoice = readToolChoice(body);
  const left = remember(body, { known: REQUEST_FIELDS, quiet: quietFields(body) }, {
    ...input.form,
    ...(text.form === undefined ? {} : { text: text.form }),
    ...(toolChoice?.type === "tool" ? { toolChoice: body.tool_choice } : {}),
  });
  return {
    source: PROTOCOL,
    model,
    stream: readBoolean(body, "stream", "") ?? false,
    messages: [...readInstructions(body), ...input.messages],
    ...defined({
      tools: allTools(body, input.tools),
      toolChoice,
      parallelToolCalls: readBoolean(body, "parallel_tool_calls", ""),
      maxTokens: readNumber(body, "max_output_tokens", ""),
      temperature: readNumber(body, "temperature", ""),
      topP: readNumber(body, "top_p", ""),
      reasoning: readReasoning(body),
      outputFormat: text.format,
      userId: readString(body, "user", ""),
    }),
    ...left,
    ...defined({ extras: withText(left.extras, text.extras) }),
  };
}

/** Known fields whose value says the same as leaving them out. */
function quietFields(body: JsonObject): Set<string> {
  const quiet = new Set<string>();
  if (body.stream === false) quiet.add("stream");
  if (body.instructions === "") quiet.add("instructions");
  return quiet;
}

function checkConversation(value: JsonValue | undefined): void {
  if (value === undefined || value === null || typeof value === "string" || isObject(value)) return;
  throw wrongType("conversation", "a string or an object", value);
}

function readInstructions(body: JsonObject): Message[] {
  const text = readString(body, "instructions", "");
  if (text === undefined || text === "") return [];
  const form = { items: [{ kind: "instructions", blocks: 1 }] };
  return [{ role: "system", content: [{ type: "text", text }], form }];
}

function allTools(body: JsonObject, inserted: ChatRequest["tools"] & object) {
  const own = readArray(body, "tools", "");
  const tools = own === undefined ? undefined : readTools(own, "tools");
  if (inserted.length === 0) return tools;
  const names = new Set(tools?.map((tool) => tool.name));
  return [...tools ?? [], ...inserted.filter((tool) => !names.has(tool.name))];
}

const EFFORTS: ReadonlySet<string> = new Set<ReasoningEffort>([
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
]);

function readReasoning(body: JsonObject): ReasoningSettings | undefined {
  const object = readObject(body, "reasoning", "");
  if (object === undefined) return undefined;
  const effort = readString(object, "effort", "reasoning");
  const summary = readString(object, "summary", "reasoning");
  const known = new Set(["summary"]);
  // An effort that was invented later is for its own protocol to judge.
  const isKnownEffort = effort !== undefined && EFFORTS.has(effort);
  if (isKnownEffort) known.add("effort");
  return {
    ...defined({
      effort: isKnownEffort ? effort as ReasoningEffort : undefined,
      isVisible: summary === undefined ? undefined : summary !== "none",
    }),
    ...remember(object, { known }, defined({ summary })),
  };
}

interface TextSettings {
  format?: OutputFormat;
  /** What no other protocol has, under names that say where it stood. */
  extras?: JsonObject;
  /** All of `text`, but a schema, which is written anew. */
  form?: JsonObject;
}

const SCHEMA_FIELDS = new Set(["type", "name", "description", "schema", "strict"]);

function readText(body: JsonObject): TextSettings {
  const text = readObject(body, "text", "");
  if (text === undefined) return {};
  readString(text, "verbosity", "text");
  const wireFormat = readObject(text, "format", "text");
  const format = wireFormat && readFormat(wireFormat);
  const { format: _, ...rest } = text;
  const extras = Object.entries(rest).filter(([key, value]) => !isDefaultText(key, value));
  if (wireFormat !== undefined && format === undefined && wireFormat.type !== "text") {
    extras.push(["format", wireFormat]);
  }
  const named = extras.map(([key, value]) => [at("text", key), value] as const);
  return {
    form: format?.type === "json_schema" ? rest : text,
    extras: Object.fromEntries(named),
    ...defined({ format }),
  };
}

function isDefaultText(key: string, value: JsonValue | undefined): boolean {
  return value === null || (key === "verbosity" && value === "medium");
}

/** The canonical format, or `undefined` for plain text and for types that are not known here. */
function readFormat(format: JsonObject): OutputFormat | undefined {
  const place = "text.format";
  const type = requireString(format, "type", place);
  if (type === "json_object") return { type };
  if (type !== "json_schema") return undefined;
  return {
    type,
    schema: requireObject(format, "schema", place),
    ...defined({
      name: readString(format, "name", place),
      description: readString(format, "description", place),
      strict: readBoolean(format, "strict", place),
    }),
    ...remember(format, { known: SCHEMA_FIELDS }),
  };
}

function withText(
  extras: JsonObject | undefined,
  text: JsonObject | undefined,
): JsonObject | undefined {
  if (text === undefined || Object.keys(text).length === 0) return extras;
  return { ...extras, ...text };
}
