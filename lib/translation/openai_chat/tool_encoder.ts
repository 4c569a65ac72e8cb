/**
 * Writes the tools of a Chat request, and which of them must be called.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Losses } from "../../chat/loss.ts";
import type { ChatRequest, FreeformTool, FunctionTool, Tool } from "../../chat/request.ts";
import { writeNestedRest, writeRest } from "./wire_rest.ts";

/** The fields of a body that say what may be called. */
export function encodeToolFields(request: ChatRequest, losses: Losses): JsonObject {
  const isOwn = request.source === "openai_chat";
  return isOwn ? encodeOwnFields(request) : encodeForeignFields(request, losses);
}

function encodeOwnFields(request: ChatRequest): JsonObject {
  const fields: JsonObject = {};
  const { tools, toolChoice, parallelToolCalls, form } = request;
  if (tools !== undefined && form?.functions === true) {
    fields.functions = tools.map(encodeFunction);
  } else if (tools !== undefined) {
    fields.tools = tools.map(encodeOwnTool);
  }
  if (toolChoice !== undefined && form?.toolChoice !== undefined) {
    fields.tool_choice = form.toolChoice;
  }
  if (toolChoice !== undefined && form?.functionCall !== undefined) {
    fields.function_call = form.functionCall;
  }
  if (parallelToolCalls !== undefined) fields.parallel_tool_calls = parallelToolCalls;
  return fields;
}

function encodeFunction(tool: Tool): JsonValue {
  return tool.type === "function" ? { ...definition(tool), ...writeRest(tool, true) } : null;
}

function encodeOwnTool(tool: Tool): JsonObject {
  if (tool.type === "server") return tool.value;
  const isFunction = tool.type === "function";
  const innerKey = isFunction ? "function" : "custom";
  const { outer, inner } = writeNestedRest(tool, { isOwn: true, innerKey });
  const own = isFunction ? definition(tool) : customDefinition(tool);
  return { ...typeField(tool, innerKey), ...outer, [innerKey]: { ...own, ...inner } };
}

function typeField(tool: FunctionTool | FreeformTool, type: string): JsonObject {
  const written = tool.form?.type;
  if (written === false) return {};
  return { type: written ?? type };
}

function definition(tool: FunctionTool): JsonObject {
  const wire: JsonObject = { name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (tool.parameters !== undefined) wire.parameters = tool.parameters;
  if (tool.strict !== undefined) wire.strict = tool.strict;
  return wire;
}

function customDefinition(tool: FreeformTool): JsonObject {
  const wire: JsonObject = { name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (tool.format !== undefined) wire.format = tool.format;
  return wire;
}

/** Without a tool there must be no word about tools: servers refuse an empty list, or a choice. */
function encodeForeignFields(request: ChatRequest, losses: Losses): JsonObject {
  const tools = (request.tools ?? []).flatMap((tool) => encodeForeignTool(tool, losses));
  if (tools.length === 0) return {};
  const fields: JsonObject = { tools };
  const choice = encodeChoice(request, losses);
  if (choice !== undefined) fields.tool_choice = choice;
  // Parallel calls are Chat's default, and not every server knows the field.
  if (request.parallelToolCalls === false) fields.parallel_tool_calls = false;
  return fields;
}

function encodeForeignTool(tool: Tool, losses: Losses): JsonObject[] {
  switch (tool.type) {
    case "server":
      return [];
    case "function": {
      const parameters = tool.parameters ?? { type: "object", properties: {} };
      return [{ type: "function", function: definition({ ...tool, parameters }) }];
    }
    case "freeform":
      losses.add("tools.custom", "approximated", false);
      return [{ type: "function", function: functionOfFreeform(tool) }];
    default:
      return tool satisfies never;
  }
}

/** Not every Chat server has tools that take free text; every one has functions of one string. */
function functionOfFreeform(tool: FreeformTool): JsonObject {
  const input: JsonObject = { type: "string" };
  const grammar = grammarOf(tool.format);
  input.description = grammar === undefined
    ? "The whole input of the tool, as plain text"
    : `The whole input of the tool, as plain text that follows this grammar:\n${grammar}`;
  const parameters = { type: "object", properties: { input }, required: ["input"] };
  const wire: JsonObject = { name: tool.name };
  if (tool.description !== undefined) wire.description = tool.description;
  return { ...wire, parameters: { ...parameters, additionalProperties: false } };
}

/** Chat puts the grammar into an object of its own, Responses beside the type. */
function grammarOf(format: JsonObject | undefined): string | undefined {
  const grammar = isObject(format?.grammar) ? format.grammar : format;
  return typeof grammar?.definition === "string" ? grammar.definition : undefined;
}

function encodeChoice(request: ChatRequest, losses: Losses): JsonValue | undefined {
  const choice = request.toolChoice;
  switch (choice?.type) {
    case undefined:
    case "opaque":
      return undefined;
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      if (!isServerTool(request.tools, choice.name)) {
        return { type: "function", function: { name: choice.name } };
      }
      losses.add("tool_choice", "dropped", true);
      return undefined;
    default:
      return choice satisfies never;
  }
}

function isServerTool(tools: readonly Tool[] | undefined, name: string): boolean {
  return (tools ?? []).some((tool) =>
    tool.type === "server" && (tool.value.name === name || tool.name === name)
  );
}
