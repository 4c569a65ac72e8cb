/**
 * Reads the tools of a Chat request, and which of them must be called.
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
  readBoolean,
  readObject,
  readString,
  requireObject,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type { FreeformTool, FunctionTool, Tool, ToolChoice } from "../../chat/request.ts";
import { keepRest } from "./wire_rest.ts";

const TOOL_FIELDS = new Set(["type", "function", "custom"]);
const FUNCTION_FIELDS = new Set(["name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["name", "description", "format"]);

/** Reads the field `tools`. */
export function decodeTools(body: JsonObject): Tool[] | undefined {
  return readArray(body, "tools", "")?.map((value, i) => decodeTool(value, at("tools", i)));
}

/** Reads the field `functions` of the time before `tools`. */
export function decodeFunctions(body: JsonObject): Tool[] | undefined {
  return readArray(body, "functions", "")?.map((value, i) => {
    const place = at("functions", i);
    const wire = asObject(value, place);
    return keepRest(functionTool(wire, place), wire, { known: FUNCTION_FIELDS });
  });
}

function decodeTool(value: JsonValue, place: string): Tool {
  const wire = asObject(value, place);
  const type = readString(wire, "type", place) || undefined;
  switch (type) {
    // Some clients leave the type out, or empty, and every server takes that.
    case undefined:
    case "function":
      return decodeFunctionTool(wire, { place, type });
    case "custom":
      return decodeCustomTool(wire, place);
    default:
      return { type: "server", owner: "openai_chat", name: type, value: wire };
  }
}

function decodeFunctionTool(
  wire: JsonObject,
  { place, type }: { place: string; type: string | undefined },
): FunctionTool {
  const definition = requireObject(wire, "function", place);
  const tool = functionTool(definition, at(place, "function"));
  const form: JsonObject = {};
  if (type === undefined && wire.type !== null) form.type = wire.type ?? false;
  const inner = { key: "function", known: FUNCTION_FIELDS };
  return keepRest(tool, wire, { known: TOOL_FIELDS, form, inner });
}

function functionTool(wire: JsonObject, place: string): FunctionTool {
  const tool: FunctionTool = { type: "function", name: requireString(wire, "name", place) };
  const description = readString(wire, "description", place);
  if (description !== undefined) tool.description = description;
  const parameters = readObject(wire, "parameters", place);
  if (parameters !== undefined) tool.parameters = parameters;
  const strict = readBoolean(wire, "strict", place);
  if (strict !== undefined) tool.strict = strict;
  return tool;
}

function decodeCustomTool(wire: JsonObject, place: string): FreeformTool {
  const custom = requireObject(wire, "custom", place);
  const customPlace = at(place, "custom");
  const tool: FreeformTool = { type: "freeform", name: requireString(custom, "name", customPlace) };
  const description = readString(custom, "description", customPlace);
  if (description !== undefined) tool.description = description;
  const format = readObject(custom, "format", customPlace);
  if (format !== undefined) tool.format = format;
  const inner = { key: "custom", known: CUSTOM_FIELDS };
  return keepRest(tool, wire, { known: TOOL_FIELDS, inner });
}

/** The choices that are one word; `any` is Mistral's word for `required`. */
const CHOICE_OF_WORD: ReadonlyMap<string, ToolChoice> = new Map([
  ["auto", { type: "auto" }],
  ["none", { type: "none" }],
  ["required", { type: "required" }],
  ["any", { type: "required" }],
]);

/** Reads the field `tool_choice`. */
export function decodeToolChoice(body: JsonObject): ToolChoice | undefined {
  const { tool_choice: wire } = body;
  if (wire === undefined || wire === null) return undefined;
  if (typeof wire === "string") return choiceOfWord(wire, "tool_choice");
  if (!isObject(wire)) throw wrongType("tool_choice", "a string or an object", wire);
  const type = readString(wire, "type", "tool_choice") ?? "function";
  if (type !== "function" && type !== "custom") {
    return { type: "opaque", owner: "openai_chat", value: wire };
  }
  const definition = requireObject(wire, type, "tool_choice");
  return { type: "tool", name: requireString(definition, "name", at("tool_choice", type)) };
}

function choiceOfWord(word: string, place: string): ToolChoice {
  const choice = CHOICE_OF_WORD.get(word);
  if (choice === undefined) {
    const words = [...CHOICE_OF_WORD.keys()].join(", ");
    throw badRequest(place, `expected one of ${words} or an object, got "${word}"`);
  }
  return { ...choice };
}

/** Reads the field `function_call` of the time before `tool_choice`. */
export function decodeFunctionChoice(body: JsonObject): ToolChoice | undefined {
  const { function_call: wire } = body;
  if (wire === undefined || wire === null) return undefined;
  if (typeof wire === "string") return choiceOfWord(wire, "function_call");
  if (!isObject(wire)) throw wrongType("function_call", "a string or an object", wire);
  return { type: "tool", name: requireString(wire, "name", "function_call") };
}
