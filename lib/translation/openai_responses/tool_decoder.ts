/**
 * Reads a client's tools and which of them it wants called.
 *
 * A namespace is taken apart into its tools, which other protocols can then offer too. Tools that
 * run at the upstream stay as they are.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asObject,
  at,
  readArray,
  readBoolean,
  readObject,
  readString,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type {
  FreeformTool,
  FunctionTool,
  ServerTool,
  Tool,
  ToolChoice,
} from "../../chat/request.ts";
import { defined, PROTOCOL, remember } from "./form.ts";
import { joinNamespace } from "./namespaces.ts";

const FUNCTION_FIELDS = new Set(["type", "name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS = new Set(["type", "name", "description", "format"]);

/** Reads a list of tools at `place`. */
export function readTools(values: JsonValue[], place: string): Tool[] {
  return values.flatMap((value, index) => {
    const toolPlace = at(place, index);
    const tool = asObject(value, toolPlace);
    return tool.type === "namespace"
      ? readNamespace(tool, { place: toolPlace, group: index })
      : [readTool(tool, toolPlace)];
  });
}

function readTool(tool: JsonObject, place: string): Tool {
  const type = requireString(tool, "type", place);
  if (type === "function") return readFunction(tool, place);
  return type === "custom" ? readCustom(tool, place) : serverTool(tool, type);
}

function serverTool(value: JsonObject, name: string): ServerTool {
  return { type: "server", owner: PROTOCOL, name, value };
}

function readFunction(tool: JsonObject, place: string): FunctionTool {
  const nested = tool.name === undefined ? readObject(tool, "function", place) : undefined;
  // Chat's nested shape: clients that were ported half-way send it.
  if (nested !== undefined) return readNestedFunction(tool, nested, place);
  return {
    type: "function",
    name: requireString(tool, "name", place),
    ...functionFields(tool, place),
    ...remember(tool, { known: FUNCTION_FIELDS }),
  };
}

function functionFields(object: JsonObject, place: string) {
  return defined({
    description: readString(object, "description", place),
    parameters: readObject(object, "parameters", place),
    strict: readBoolean(object, "strict", place),
  });
}

function readNestedFunction(tool: JsonObject, nested: JsonObject, place: string): FunctionTool {
  const nestedPlace = at(place, "function");
  return {
    type: "function",
    name: requireString(nested, "name", nestedPlace),
    ...functionFields(nested, nestedPlace),
    // Rare enough to be kept whole for its own protocol.
    form: { nested: tool },
  };
}

function readCustom(tool: JsonObject, place: string): FreeformTool {
  return {
    type: "freeform",
    name: requireString(tool, "name", place),
    ...defined({
      description: readString(tool, "description", place),
      format: readObject(tool, "format", place),
    }),
    ...remember(tool, { known: CUSTOM_FIELDS }),
  };
}

/** The tools of a namespace under joined names, or the whole as a server tool when one is too odd. */
function readNamespace(
  tool: JsonObject,
  { place, group }: { place: string; group: number },
): Tool[] {
  const namespace = requireString(tool, "name", place);
  readString(tool, "description", place);
  const { tools: _, ...head } = tool;
  const tools = (readArray(tool, "tools", place) ?? []).map((value, index) => {
    const innerPlace = at(at(place, "tools"), index);
    const inner = readTool(asObject(value, innerPlace), innerPlace);
    const name = inner.type === "server" ? undefined : joinNamespace(namespace, inner.name);
    if (inner.type === "server" || name === undefined) return undefined;
    return { ...inner, name, form: { ...inner.form, name: inner.name, head, group } };
  });
  const isWhole = tools.length > 0 && tools.every((one) => one !== undefined);
  return isWhole ? tools : [serverTool(tool, "namespace")];
}

const PLAIN_CHOICES = new Map<JsonValue, ToolChoice>([
  ["auto", { type: "auto" }],
  ["none", { type: "none" }],
  ["required", { type: "required" }],
]);

/** Reads `body.tool_choice`. */
export function readToolChoice(body: JsonObject): ToolChoice | undefined {
  const value = body.tool_choice;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" && !isObject(value)) {
    throw wrongType("tool_choice", "a string or an object", value);
  }
  const plain = PLAIN_CHOICES.get(value);
  if (plain !== undefined) return { ...plain };
  const name = isObject(value) ? chosenName(value) : undefined;
  return name === undefined ? { type: "opaque", owner: PROTOCOL, value } : { type: "tool", name };
}

function chosenName(choice: JsonObject): string | undefined {
  const place = "tool_choice";
  const type = requireString(choice, "type", place);
  if (type !== "function" && type !== "custom") return undefined;
  const nested = choice.name === undefined ? readObject(choice, type, place) : undefined;
  return requireString(nested ?? choice, "name", nested ? at(place, type) : place);
}
