/**
 * Reads a whole answer of a Chat upstream.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/object}
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type {
  AssistantBlock,
  OpaqueState,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
} from "../../chat/block.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { faultError } from "../fault.ts";
import { decodeOpenAiError } from "../openai_error.ts";
import { madeUpId, readCallPiece } from "./call_piece.ts";
import { thinkingText } from "./content_part_decoder.ts";
import { decodeStop, faultOfChoice } from "./finish_reason.ts";
import { callState } from "./pending_block.ts";
import { ReasoningDetails, textOfDetails, writeState } from "./reasoning_state.ts";
import { restFields, withOwn } from "./response_rest.ts";
import { decodeUsage } from "./usage.ts";

const ANSWER_FIELDS = new Set(["id", "model", "choices"]);
const CHOICE_FIELDS = new Set(["message", "text"]);
const CALL_FIELDS = new Set(["id", "type", "function", "custom"]);
const DEFINITION_FIELDS = new Set(["name", "arguments", "input"]);

/** Content that only Chat has words for. */
const OPAQUE_FIELDS = ["audio", "images"] as const;

/** Reads an answer; see `Codec.decodeResponse`. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const choices = Array.isArray(body.choices) ? body.choices : [];
  const [choice] = choices;
  if (!isObject(choice)) throw noAnswer(body);
  const message = messageOf(choice);
  if (message === undefined) throw noAnswer(body);
  const fault = faultOfChoice(choice);
  if (fault !== undefined) throw faultError(fault);
  const id = textOf(body.id);
  const model = textOf(body.model);
  const known = new Set(["role"]);
  const content = decodeMessage(message, { id, model, known });
  const hasToolCall = content.some((block) => block.type === "tool-call");
  const hasRefusal = content.some((block) => block.type === "refusal");
  const response: ChatResponse = {
    id,
    model,
    content,
    ...decodeStop(choice, { hasToolCall, hasRefusal }),
    usage: decodeUsage(body.usage) ?? {},
  };
  return withOwn(response, {
    answer: restFields(body, ANSWER_FIELDS),
    choice: restFields(choice, CHOICE_FIELDS),
    message: restFields(message, known),
    choices: choices.slice(1),
  });
}

function noAnswer(body: JsonObject): GatewayError {
  if (body.error) return faultError(decodeOpenAiError(200, body));
  return new GatewayError("upstream", "Cannot read the upstream's answer: it holds no message");
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Servers of the older completions put the words beside where the message would be. */
function messageOf(choice: JsonObject): JsonObject | undefined {
  if (isObject(choice.message)) return choice.message;
  return typeof choice.text === "string" ? { content: choice.text } : undefined;
}

/** What the readers of an answer's message share. */
interface MessageContext {
  id: string;
  model: string;
  /** Gets the names of the fields that were read. */
  known: Set<string>;
}

function decodeMessage(message: JsonObject, context: MessageContext): AssistantBlock[] {
  const thoughts = decodeReasoning(message, context);
  const words = decodeContent(message, context.known);
  return [
    ...thoughts,
    ...words,
    ...decodeRefusal(message, context.known),
    ...decodeOpaque(message, context.known),
    ...decodeCalls(message, context),
  ];
}

function decodeReasoning(
  message: JsonObject,
  { model, known }: MessageContext,
): ReasoningBlock[] {
  const field = (["reasoning_content", "reasoning"] as const).find((one) => message[one]);
  const value = field && message[field];
  const text = typeof value === "string" ? value : textOfDetails(message.reasoning_details);
  const signature = signatureOf(message.reasoning_details, model);
  if (text.trim() === "" && signature === undefined) return [];
  const block: ReasoningBlock = { type: "reasoning", text };
  if (signature !== undefined) block.signature = signature;
  if (typeof value !== "string" || field === undefined) return [block];
  known.add(field);
  return [withOwn(block, { field })];
}

function signatureOf(details: JsonValue | undefined, model: string): OpaqueState | undefined {
  const gathered = new ReasoningDetails();
  gathered.push(details);
  const reasoningDetails = gathered.take();
  return reasoningDetails && writeState({ model, reasoningDetails });
}

/** Blank text is no content, and stays a field that only Chat clients are shown. */
function decodeContent(message: JsonObject, known: Set<string>): AssistantBlock[] {
  const { content } = message;
  if (typeof content === "string") {
    if (content.trim() === "") return [];
    known.add("content");
    return [{ type: "text", text: content }];
  }
  if (!Array.isArray(content)) return [];
  known.add("content");
  return content.flatMap(decodePart);
}

/** Mistral answers with a list of thoughts and words. */
function decodePart(part: JsonValue): AssistantBlock[] {
  if (!isObject(part)) return [];
  const thought = thinkingText(part);
  if (thought !== undefined) return filled({ type: "reasoning", text: thought });
  if (typeof part.text === "string") return filled({ type: "text", text: part.text });
  if (typeof part.refusal === "string") return filled({ type: "refusal", text: part.refusal });
  return [];
}

function filled(block: TextBlock | RefusalBlock | ReasoningBlock): AssistantBlock[] {
  return block.text.trim() === "" ? [] : [block];
}

function decodeRefusal(message: JsonObject, known: Set<string>): AssistantBlock[] {
  const { refusal } = message;
  if (typeof refusal !== "string" || refusal.trim() === "") return [];
  known.add("refusal");
  return [{ type: "refusal", text: refusal }];
}

function decodeOpaque(message: JsonObject, known: Set<string>): AssistantBlock[] {
  return OPAQUE_FIELDS.flatMap((field): AssistantBlock[] => {
    const value = message[field];
    const isFilled = isObject(value) || (Array.isArray(value) && value.length > 0);
    if (!isFilled) return [];
    known.add(field);
    return [{ type: "opaque", owner: "openai_chat", value: { [field]: value } }];
  });
}

function decodeCalls(message: JsonObject, context: MessageContext): AssistantBlock[] {
  const { tool_calls: calls, function_call: legacy } = message;
  const wires = Array.isArray(calls) ? calls : isObject(calls) ? [calls] : [];
  const found = wires.filter(isObject).filter(isCall);
  if (found.length > 0) context.known.add("tool_calls");
  const ids = new Set<string>();
  const blocks = found.flatMap((wire, i) => decodeCall(wire, { ...context, ids, ordinal: i }));
  if (!isObject(legacy) || blocks.length > 0) return blocks;
  context.known.add("function_call");
  const block = callBlock({ function: legacy }, { ...context, ids, ordinal: 0 });
  return [withOwn(block, { isLegacy: true })];
}

/** Some servers end the list with an empty object. */
function isCall(wire: JsonObject): boolean {
  const { id, name, input } = readCallPiece(wire);
  return id !== "" || name !== "" || input !== "";
}

interface CallContext extends MessageContext {
  /** The ids of the calls before: some servers repeat them. */
  ids: Set<string>;
  ordinal: number;
}

function decodeCall(wire: JsonObject, context: CallContext): AssistantBlock[] {
  const block = callBlock(wire, context);
  const innerKey = block.isFreeform ? "custom" : "function";
  const inner = wire[innerKey];
  const call = withOwn(block, {
    ...restFields(wire, CALL_FIELDS),
    ...(isObject(inner) ? nonEmpty(innerKey, restFields(inner, DEFINITION_FIELDS)) : {}),
  });
  const { extra_content: extraContent } = wire;
  const state = isObject(extraContent) ? callState(extraContent, context.model) : undefined;
  // What the upstream wants back stands before the call, as in a stream.
  return state === undefined ? [call] : [{ type: "reasoning", text: "", signature: state }, call];
}

function nonEmpty(key: string, fields: JsonObject): JsonObject {
  return Object.keys(fields).length === 0 ? {} : { [key]: fields };
}

function callBlock(wire: JsonObject, { id, ids, ordinal }: CallContext): ToolCallBlock {
  const piece = readCallPiece(wire);
  const isOwnId = piece.id !== "" && !ids.has(piece.id);
  if (isOwnId) ids.add(piece.id);
  const block: ToolCallBlock = {
    type: "tool-call",
    id: isOwnId ? piece.id : madeUpId(id, ordinal),
    name: piece.name,
    input: piece.input,
  };
  if (piece.isFreeform) block.isFreeform = true;
  return block;
}
