/**
 * Reads a Messages request into the canonical conversation.
 *
 * Strict on types, since a wrong one is the client's mistake and the client can mend it; lenient
 * on names, since a field that is not known here may be new.
 *
 * @see {@link https://platform.claude.com/docs/en/api/messages}
 * @module
 */
import { badRequest } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asObject,
  asString,
  at,
  readArray,
  readBoolean,
  readEnum,
  readNumber,
  readObject,
  readString,
  requireArray,
  requireString,
} from "../../base/reader.ts";
import type { Extended } from "../../chat/block.ts";
import type { ChatRequest, Message } from "../../chat/request.ts";
import { decodeOutputFormat, type FoundFormat } from "./output_format.ts";
import { decodeReasoning } from "./reasoning.ts";
import { assistantContent, systemContent, userContent } from "./request_blocks.ts";
import { decodeToolChoice, decodeTools } from "./request_tools.ts";
import { extended, type KnownFields, PROTOCOL, withForm } from "./wire.ts";

const REQUEST_FIELDS = new Set([
  "model",
  "max_tokens",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "stream",
  "temperature",
  "top_p",
  "stop_sequences",
  "thinking",
]);
const METADATA_FIELDS = new Set(["user_id"]);
const OUTPUT_CONFIG_FIELDS = new Set(["effort"]);
const TOOL_CHOICE_FIELDS = new Set(["type", "name", "disable_parallel_tool_use"]);
const MESSAGE_FIELDS = new Set(["role", "content"]);
const ROLES = ["user", "assistant", "system"] as const;

/** Fields whose canonical form does not tell a default from an absent value. */
const SAID_FIELDS = ["metadata", "output_config", "stream"];

/** Fields that have no canonical form, and what they must be. */
const EXTRA_FIELDS: readonly (readonly [FieldReader, readonly string[]])[] = [
  [readNumber, ["top_k"]],
  [readString, ["inference_geo", "service_tier"]],
  [readObject, ["cache_control", "context_management"]],
  [readArray, ["mcp_servers"]],
  [readContainer, ["container"]],
];

type FieldReader = (object: JsonObject, key: string, place: string) => unknown;

/** The id of a container, or what it should be made of. */
function readContainer(body: JsonObject, key: string, place: string): void {
  if (typeof body[key] !== "string") readObject(body, key, place);
}

/** Reads a request for an answer. */
export function decodeRequest(body: JsonObject): ChatRequest {
  if (body.max_tokens === undefined || body.max_tokens === null) {
    throw badRequest("max_tokens", "missing");
  }
  return decodePrompt(body);
}

/** Reads a request that only wants its prompt counted: the same, without `max_tokens`. */
export function decodePrompt(body: JsonObject): ChatRequest {
  for (const [read, keys] of EXTRA_FIELDS) {
    for (const key of keys) read(body, key, "");
  }
  const choice = decodeToolChoice(body);
  const format = decodeOutputFormat(body);
  return {
    source: PROTOCOL,
    model: requireString(body, "model", ""),
    stream: readBoolean(body, "stream", "") ?? false,
    messages: [...decodeSystem(body), ...decodeMessages(body)],
    ...settings(body),
    ...choice,
    ...(format !== undefined && { outputFormat: format.outputFormat }),
    ...requestRest(body, { format, isChoiceKnown: choice.toolChoice?.type !== "opaque" }),
  };
}

function settings(body: JsonObject): Partial<ChatRequest> {
  const tools = decodeTools(body);
  const maxTokens = readMaxTokens(body);
  const temperature = readNumber(body, "temperature", "");
  const topP = readNumber(body, "top_p", "");
  const stopSequences = readArray(body, "stop_sequences", "")
    ?.map((one, i) => asString(one, at("stop_sequences", i)));
  const reasoning = decodeReasoning(body);
  const metadata = readObject(body, "metadata", "");
  const userId = metadata && readString(metadata, "user_id", "metadata");
  return {
    ...(tools !== undefined && { tools }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stopSequences !== undefined && { stopSequences }),
    ...(reasoning !== undefined && { reasoning }),
    ...(userId !== undefined && { userId }),
  };
}

function readMaxTokens(body: JsonObject): number | undefined {
  const value = readNumber(body, "max_tokens", "");
  if (value !== undefined && !(Number.isInteger(value) && value >= 0)) {
    throw badRequest("max_tokens", `expected a whole number, 0 or more, got ${value}`);
  }
  return value;
}

function requestRest(
  body: JsonObject,
  { format, isChoiceKnown }: { format: FoundFormat | undefined; isChoiceKnown: boolean },
): Extended {
  const hasFormat = format?.place === "output_config.format";
  const nested: Record<string, KnownFields> = {
    metadata: METADATA_FIELDS,
    output_config: hasFormat ? new Set([...OUTPUT_CONFIG_FIELDS, "format"]) : OUTPUT_CONFIG_FIELDS,
  };
  if (isChoiceKnown) nested.tool_choice = TOOL_CHOICE_FIELDS;
  const known = format?.place === "output_format"
    ? new Set([...REQUEST_FIELDS, format.place])
    : REQUEST_FIELDS;
  const rest = extended(body, known, nested);
  const said = SAID_FIELDS.filter((key) => body[key] !== undefined && body[key] !== null);
  return withForm(rest, {
    said,
    ...(isEmptySystem(body.system) && { system: body.system }),
  });
}

function isEmptySystem(system: JsonValue | undefined): system is "" | [] {
  return system === "" || (Array.isArray(system) && system.length === 0);
}

function decodeSystem(body: JsonObject): Message[] {
  const { system } = body;
  if (system === undefined || system === null || isEmptySystem(system)) return [];
  const { content, form } = systemContent(system, "system");
  return [{ role: "system", content, form: { place: "top", ...form } }];
}

function decodeMessages(body: JsonObject): Message[] {
  const messages = requireArray(body, "messages", "");
  // A thread whose turn was paused goes on without anything new; what it holds is the upstream's.
  const mayBeEmpty = isObject(body.thread);
  if (messages.length === 0 && !mayBeEmpty) {
    throw badRequest("messages", "expected at least one message");
  }
  return messages.map((one, i) => decodeMessage(one, at("messages", i)));
}

function decodeMessage(value: JsonValue, place: string): Message {
  const message = asObject(value, place);
  requireString(message, "role", place);
  const role = readEnum(message, "role", { place, values: ROLES });
  const rest = extended(message, MESSAGE_FIELDS);
  const contentPlace = at(place, "content");
  if (role === "system") return systemMessage(message, { place: contentPlace, rest });
  if (message.content === undefined) throw badRequest(contentPlace, "missing");
  const { form, ...turn } = role === "assistant"
    ? { role, ...assistantContent(message.content, contentPlace) }
    : { role: "user" as const, ...userContent(message.content, contentPlace) };
  return { ...turn, ...withForm(rest, form) };
}

function systemMessage(
  message: JsonObject,
  { place, rest }: { place: string; rest: Extended },
): Message {
  // A system turn may hold nothing but a change of settings.
  if (message.content === undefined || message.content === null) {
    if (rest.extras?.output_config === undefined) throw badRequest(place, "missing");
    return { role: "system", content: [], ...withForm(rest, { content: "absent" }) };
  }
  const { content, form } = systemContent(message.content, place);
  return { role: "system", content, ...withForm(rest, form) };
}
