/**
 * Writes tools and the choice among them for a Responses upstream.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { ChatRequest, FreeformTool, FunctionTool, Tool } from "../../chat/request.ts";
import { defined, PROTOCOL, writeBack } from "./form.ts";

/** What a function without parameters takes: the protocol wants a schema. */
const NO_PARAMETERS = { type: "object", properties: {} };

/** The tool fields of a body; of a foreign request only when a tool remains. */
export function encodeTools(request: ChatRequest): JsonObject {
  const isOwn = request.source === PROTOCOL;
  const tools = isOwn ? ownTools(request) : foreignTools(request.tools ?? []);
  if (!isOwn && tools?.length === 0) return {};
  return defined({
    tools,
    tool_choice: encodeChoice(request),
    parallel_tool_calls: request.parallelToolCalls,
  });
}

function foreignTools(tools: Tool[]): JsonObject[] {
  return tools.flatMap((tool) => {
    if (tool.type === "server") return tool.owner === PROTOCOL ? [tool.value] : [];
    if (tool.type === "freeform") return [encodeFreeform(tool, false)];
    // Responses reads an absent `strict` as true, and a schema not made for it is refused then.
    return [{ ...encodeFunction(tool, NO_PARAMETERS), strict: tool.strict ?? false }];
  });
}

function encodeFunction(tool: FunctionTool, parameters?: JsonObject): JsonObject {
  return {
    type: "function",
    name: tool.name,
    ...defined({
      description: tool.description,
      parameters: tool.parameters ?? parameters,
      strict: tool.strict,
    }),
  };
}

function encodeFreeform(tool: FreeformTool, isOwn: boolean): JsonObject {
  const format = isOwn ? tool.format : flatFormat(tool.format);
  return {
    type: "custom",
    name: tool.name,
    ...defined({ description: tool.description, format }),
  };
}

/** Chat wraps a grammar once more: `{type: "grammar", grammar: {definition, syntax}}`. */
function flatFormat(format: JsonObject | undefined): JsonObject | undefined {
  return isObject(format?.grammar) ? { type: "grammar", ...format.grammar } : format;
}

/** The tools as they stood: those of a namespace together, those that items brought left out. */
function ownTools(request: ChatRequest): JsonObject[] | undefined {
  const insertedValues = new Set(insertedTools(request));
  const own = request.tools?.filter((tool) =>
    tool.type === "server" ? !insertedValues.has(tool.value) : tool.form?.isInserted !== true
  );
  if (own === undefined || (own.length === 0 && insertedValues.size > 0)) return undefined;
  const wire: JsonObject[] = [];
  let openGroup: JsonValue | undefined;
  for (const tool of own) {
    const group = tool.type === "server" ? undefined : tool.form?.group;
    if (group === undefined) wire.push(encodeOwn(tool));
    else if (group !== openGroup) wire.push(namespaceOf(tool, own.filter(isInGroup(group))));
    openGroup = group;
  }
  return wire;
}

/** The raw tools that items in the middle of the conversation brought. */
function insertedTools(request: ChatRequest): JsonValue[] {
  const inserted = request.form?.inserted;
  if (!Array.isArray(inserted)) return [];
  return inserted.flatMap((one) => {
    const item = isObject(one) ? one.item : undefined;
    return isObject(item) && Array.isArray(item.tools) ? item.tools : [];
  });
}

function isInGroup(group: JsonValue): (tool: Tool) => boolean {
  return (tool) => tool.type !== "server" && tool.form?.group === group;
}

function namespaceOf(first: Tool, tools: Tool[]): JsonObject {
  const head = first.type === "server" ? undefined : first.form?.head;
  return { ...(isObject(head) ? head : undefined), tools: tools.map(encodeOwn) };
}

function encodeOwn(tool: Tool): JsonObject {
  if (tool.type === "server") return tool.value;
  const { name, nested } = tool.form ?? {};
  if (isObject(nested)) return nested;
  const wire = tool.type === "function" ? encodeFunction(tool) : encodeFreeform(tool, true);
  return writeBack({ ...wire, ...(typeof name === "string" ? { name } : {}) }, tool);
}

function encodeChoice(request: ChatRequest): JsonValue | undefined {
  const choice = request.toolChoice;
  if (choice === undefined) return undefined;
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return request.form?.toolChoice ?? namedChoice(choice.name, request.tools ?? []);
    case "opaque":
      return choice.owner === PROTOCOL ? choice.value : undefined;
    default:
      return choice satisfies never;
  }
}

function namedChoice(name: string, tools: Tool[]): JsonObject {
  const isFreeform = tools.some((tool) => tool.type === "freeform" && tool.name === name);
  return { type: isFreeform ? "custom" : "function", name };
}
