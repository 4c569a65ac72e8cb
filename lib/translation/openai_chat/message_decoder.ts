/**
 * Reads the messages of a Chat request.
 *
 * Results of tools are messages of their own on the wire; canonically they are blocks of the
 * user's turn, so those that follow each other become one turn.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/create}
 * @module
 */
import { badRequest } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asObject,
  at,
  readArray,
  readObject,
  readString,
  requireObject,
  requireString,
} from "../../base/reader.ts";
import type {
  AssistantBlock,
  OpaqueBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from "../../chat/block.ts";
import type { Message } from "../../chat/request.ts";
import { restoreToolCallId } from "../tool_call_id.ts";
import { decodeContent, decodePart, opaquePart, thinkingText } from "./content_part_decoder.ts";
import { keepRest } from "./wire_rest.ts";

const SYSTEM_FIELDS = new Set(["role", "content"]);
const USER_FIELDS = new Set(["role", "content", "name"]);
const TOOL_FIELDS = new Set(["role", "content", "tool_call_id"]);
const REFUSAL_FIELDS = new Set(["type", "refusal"]);
const CALL_FIELDS = new Set(["id", "type", "function", "custom"]);
const FUNCTION_FIELDS = new Set(["name", "arguments"]);
const CUSTOM_FIELDS = new Set(["name", "input"]);
const ASSISTANT_FIELDS = new Set([
  "role",
  "content",
  "name",
  "refusal",
  "tool_calls",
  "function_call",
]);

/** Where servers put thoughts; the first that is there counts, and only text is understood. */
const REASONING_FIELDS = ["reasoning_content", "reasoning"] as const;

const ROLES = ["system", "developer", "user", "assistant", "tool", "function"];

/** Reads the field `messages`. */
export function decodeMessages(values: JsonValue[]): Message[] {
  const decoder = new MessageDecoder();
  values.forEach((value, i) => decoder.push(value, at("messages", i)));
  return decoder.messages;
}

class MessageDecoder {
  readonly messages: Message[] = [];
  /** The results of the turn that is being read; the next message of another role ends it. */
  #results: ToolResultBlock[] | undefined;
  /** Old `function_call`s have no ids; counting them gives each result the latest call's. */
  #functionCalls = 0;

  push(value: JsonValue, place: string): void {
    const wire = asObject(value, place);
    const role = requireString(wire, "role", place);
    if (role === "tool" || role === "function") {
      return this.#pushResult(decodeResult(wire, { place, legacyId: this.#legacyId() }));
    }
    this.#results = undefined;
    this.messages.push(this.#decode(wire, { role, place }));
  }

  #decode(wire: JsonObject, { role, place }: { role: string; place: string }): Message {
    switch (role) {
      case "system":
      case "developer":
        return decodeSystem(wire, { role, place });
      case "user":
        return decodeUser(wire, place);
      case "assistant":
        if (isObject(wire.function_call)) this.#functionCalls++;
        return decodeAssistant(wire, { place, legacyId: this.#legacyId() });
      default:
        throw badRequest(
          at(place, "role"),
          `expected one of ${ROLES.join(", ")}, got "${role}"`,
        );
    }
  }

  #pushResult(result: ToolResultBlock): void {
    if (this.#results === undefined) {
      this.#results = [];
      this.messages.push({ role: "user", content: this.#results });
    }
    this.#results.push(result);
  }

  #legacyId(): string {
    return `function_call_${this.#functionCalls}`;
  }
}

function decodeSystem(
  wire: JsonObject,
  { role, place }: { role: string; place: string },
): Message {
  const form: JsonObject = {};
  if (role !== "system") form.role = role;
  readString(wire, "name", place);
  const content = decodeContent(wire.content, {
    place: at(place, "content"),
    form,
    part: textPart,
  });
  return keepRest<Message>({ role: "system", content }, wire, { known: SYSTEM_FIELDS, form });
}

function textPart(value: JsonValue, place: string): TextBlock | OpaqueBlock {
  const block = decodePart(value, place);
  return block.type === "text" ? block : opaquePart(asObject(value, place));
}

function decodeUser(wire: JsonObject, place: string): Message {
  const form: JsonObject = {};
  const content = decodeContent(wire.content, {
    place: at(place, "content"),
    form,
    part: decodePart,
  });
  const message: Message = { role: "user", content };
  const name = readString(wire, "name", place);
  if (name !== undefined) message.name = name;
  return keepRest(message, wire, { known: USER_FIELDS, form });
}

function decodeResult(
  wire: JsonObject,
  { place, legacyId }: { place: string; legacyId: string },
): ToolResultBlock {
  const form: JsonObject = {};
  const isLegacy = wire.role === "function";
  if (isLegacy) form.role = "function";
  readString(wire, "name", place);
  const id = isLegacy ? legacyId : requireString(wire, "tool_call_id", place);
  // The old type allows null here.
  const content = isLegacy && wire.content === null ? [] : decodeContent(wire.content, {
    place: at(place, "content"),
    form,
    part: decodePart,
  });
  const block: ToolResultBlock = {
    type: "tool-result",
    toolCallId: restoreToolCallId(id),
    content,
  };
  return keepRest(block, wire, { known: TOOL_FIELDS, form });
}

function decodeAssistant(
  wire: JsonObject,
  { place, legacyId }: { place: string; legacyId: string },
): Message {
  const form: JsonObject = {};
  const known = new Set(ASSISTANT_FIELDS);
  readObject(wire, "audio", place);
  const content: AssistantBlock[] = [
    ...decodeReasoning(wire, { known, form }),
    ...decodeAnswer(wire, { place, form }),
    ...decodeRefusal(wire, { place, form }),
    ...decodeToolCalls(wire, { place, form }),
    ...decodeFunctionCall(wire, { place, legacyId }),
  ];
  const message: Message = { role: "assistant", content };
  const name = readString(wire, "name", place);
  if (name !== undefined) message.name = name;
  return keepRest(message, wire, { known, form });
}

/** Thoughts that are not text, or are there twice, stay unknown fields. */
function decodeReasoning(
  wire: JsonObject,
  { known, form }: { known: Set<string>; form: JsonObject },
): AssistantBlock[] {
  const field = REASONING_FIELDS.find((name) => typeof wire[name] === "string");
  if (field === undefined) return [];
  known.add(field);
  form.reasoning = field;
  const text = wire[field] as string;
  return text === "" ? [] : [{ type: "reasoning", text }];
}

function decodeAnswer(
  wire: JsonObject,
  { place, form }: { place: string; form: JsonObject },
): AssistantBlock[] {
  if (wire.content === null) return [];
  if (wire.content === undefined) {
    form.content = "absent";
    return [];
  }
  return decodeContent(wire.content, { place: at(place, "content"), form, part: assistantPart });
}

function assistantPart(value: JsonValue, place: string): AssistantBlock {
  const part = asObject(value, place);
  if (part.type === "refusal") {
    const refusal: RefusalBlock = { type: "refusal", text: requireString(part, "refusal", place) };
    return keepRest(refusal, part, { known: REFUSAL_FIELDS });
  }
  const thought = thinkingText(part);
  if (thought !== undefined) return { type: "reasoning", text: thought, form: { part } };
  const block = decodePart(part, place);
  return block.type === "document" ? opaquePart(part) : block;
}

function decodeRefusal(
  wire: JsonObject,
  { place, form }: { place: string; form: JsonObject },
): RefusalBlock[] {
  const text = readString(wire, "refusal", place);
  if (text === undefined) return [];
  form.refusal = true;
  return text === "" ? [] : [{ type: "refusal", text, form: { isField: true } }];
}

function decodeToolCalls(
  wire: JsonObject,
  { place, form }: { place: string; form: JsonObject },
): ToolCallBlock[] {
  const calls = readArray(wire, "tool_calls", place);
  if (calls === undefined) return [];
  form.toolCalls = true;
  return calls.map((call, i) => decodeToolCall(call, at(at(place, "tool_calls"), i)));
}

function decodeToolCall(value: JsonValue, place: string): ToolCallBlock {
  const wire = asObject(value, place);
  const id = restoreToolCallId(requireString(wire, "id", place));
  const type = readString(wire, "type", place) ?? "function";
  if (type !== "function" && type !== "custom") {
    throw badRequest(at(place, "type"), `expected one of function, custom, got "${type}"`);
  }
  const form: JsonObject = wire.type === undefined ? { isUntyped: true } : {};
  const definition = requireObject(wire, type, place);
  const definitionPlace = at(place, type);
  const name = requireString(definition, "name", definitionPlace);
  const isFreeform = type === "custom";
  const inputField = isFreeform ? "input" : "arguments";
  const input = requireString(definition, inputField, definitionPlace);
  const block: ToolCallBlock = { type: "tool-call", id, name, input };
  if (isFreeform) block.isFreeform = true;
  const inner = { key: type, known: isFreeform ? CUSTOM_FIELDS : FUNCTION_FIELDS };
  return keepRest(block, wire, { known: CALL_FIELDS, form, inner });
}

/** The call of the time before `tool_calls`: one a message, without an id. */
function decodeFunctionCall(
  wire: JsonObject,
  { place, legacyId }: { place: string; legacyId: string },
): ToolCallBlock[] {
  const call = readObject(wire, "function_call", place);
  if (call === undefined) return [];
  const callPlace = at(place, "function_call");
  const block: ToolCallBlock = {
    type: "tool-call",
    id: legacyId,
    name: requireString(call, "name", callPlace),
    input: requireString(call, "arguments", callPlace),
  };
  return [keepRest(block, call, { known: FUNCTION_FIELDS, form: { isLegacy: true } })];
}
