/**
 * Reads the tools of a Messages request, and which of them must be called.
 *
 * @module
 */
import { badRequest } from "../../base/error.ts";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import {
  asObject,
  at,
  readArray,
  readBoolean,
  readObject,
  readString,
  requireString,
} from "../../base/reader.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../chat/request.ts";
import { extended, PROTOCOL, withForm } from "./wire.ts";

const TOOL_FIELDS = new Set(["type", "name", "description", "input_schema", "strict"]);

/** Reads `tools`; `undefined` when there is no list. */
export function decodeTools(body: JsonObject): Tool[] | undefined {
  return readArray(body, "tools", "")?.map((one, i) => decodeTool(one, at("tools", i)));
}

function decodeTool(value: JsonValue, place: string): Tool {
  const tool = asObject(value, place);
  const type = readString(tool, "type", place);
  readString(tool, "name", place);
  readObject(tool, "cache_control", place);
  // A type of its own means that Anthropic defines what the tool takes, or runs it.
  if (type !== undefined && type !== "custom") {
    return { type: "server", owner: PROTOCOL, name: type, value: tool };
  }
  return functionTool(tool, { place, type });
}

function functionTool(
  tool: JsonObject,
  { place, type }: { place: string; type: string | undefined },
): FunctionTool {
  const name = requireString(tool, "name", place);
  const description = readString(tool, "description", place);
  const parameters = readObject(tool, "input_schema", place);
  const strict = readBoolean(tool, "strict", place);
  const rest = extended(tool, TOOL_FIELDS);
  return {
    type: "function",
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
    ...withForm(rest, type === undefined ? undefined : { type }),
  };
}

/** What `tool_choice` says. */
export interface DecodedToolChoice {
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
}

/** Reads `tool_choice`; a kind that is not known here stays as it is. */
export function decodeToolChoice(body: JsonObject): DecodedToolChoice {
  const choice = readObject(body, "tool_choice", "");
  if (choice === undefined) return {};
  const toolChoice = readChoice(choice);
  if (toolChoice.type === "opaque") return { toolChoice };
  const disabled = readBoolean(choice, "disable_parallel_tool_use", "tool_choice");
  return { toolChoice, ...(disabled !== undefined && { parallelToolCalls: !disabled }) };
}

function readChoice(choice: JsonObject): ToolChoice {
  switch (requireString(choice, "type", "tool_choice")) {
    case "auto":
      return { type: "auto" };
    case "none":
      return { type: "none" };
    case "any":
      return { type: "required" };
    case "tool":
      return { type: "tool", name: toolName(choice) };
    default:
      return { type: "opaque", owner: PROTOCOL, value: choice };
  }
}

function toolName(choice: JsonObject): string {
  const name = requireString(choice, "name", "tool_choice");
  if (name === "") throw badRequest("tool_choice.name", "expected a tool's name, got nothing");
  return name;
}
