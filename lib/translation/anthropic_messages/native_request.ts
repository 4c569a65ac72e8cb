/**
 * Writes a request that came as a Messages request as one again: field for field what came in.
 *
 * Nothing is repaired here. What the client sent is what the API was asked, and its answer to
 * that, also a refusal, is the one that the client can use.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import type {
  AssistantBlock,
  DocumentBlock,
  Extended,
  MediaSource,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  ToolResultBlock,
  UserBlock,
} from "../../chat/block.ts";
import type { Losses } from "../../chat/loss.ts";
import type { ChatRequest, Message, Tool, ToolChoice } from "../../chat/request.ts";
import type { ToolCallIds } from "../tool_call_id.ts";
import { encodeNativeFormat } from "./output_format.ts";
import { encodeNativeReasoning } from "./reasoning.ts";
import { isWrittenAs, referencedTool } from "./request_blocks.ts";
import { toolInput } from "./tool_input.ts";
import { EMPTY_TURN_TEXT, writeBack } from "./wire.ts";

/** What the encoding of one request shares. */
export interface NativeContext {
  /** Fits ids to an upstream that has a rule of its own for them; absent, they stay as they came. */
  ids: ToolCallIds | undefined;
  losses: Losses;
}

/** Writes the body of a request whose source is this protocol. */
export function encodeNativeRequest(request: ChatRequest, context: NativeContext): JsonObject {
  const [first, ...others] = request.messages;
  const system = first?.role === "system" && first.form?.place === "top" ? first : undefined;
  const turns = system === undefined ? request.messages : others;
  const body: JsonObject = {
    model: request.model,
    messages: turns.map((turn) => nativeMessage(turn, context)),
    ...(system !== undefined && { system: nativeContent(system, context) }),
    ...nativeSettings(request),
    ...(request.tools !== undefined && { tools: request.tools.map(nativeTool) }),
    ...nativeToolChoice(request),
  };
  if (request.form?.system !== undefined) body.system = request.form.system;
  for (const field of saidFields(request)) body[field] ??= field === "stream" ? false : {};
  return writeBack(body, request);
}

function saidFields(request: ChatRequest): string[] {
  const said = request.form?.said;
  return Array.isArray(said) ? said.filter((one) => typeof one === "string") : [];
}

function nativeSettings(request: ChatRequest): JsonObject {
  const { thinking, effort } = encodeNativeReasoning(request.reasoning ?? {});
  const format = request.outputFormat && encodeNativeFormat(request.outputFormat);
  const isOldFormat = format?.place === "output_format";
  const config: JsonObject = {
    ...(effort !== undefined && { effort }),
    ...(format !== undefined && !isOldFormat && { format: format.value }),
  };
  return {
    ...(request.stream && { stream: true }),
    ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stopSequences !== undefined && { stop_sequences: request.stopSequences }),
    ...(request.userId !== undefined && { metadata: { user_id: request.userId } }),
    ...(thinking !== undefined && { thinking }),
    ...(Object.keys(config).length > 0 && { output_config: config }),
    ...(format !== undefined && isOldFormat && { output_format: format.value }),
  };
}

function nativeTool(tool: Tool): JsonObject {
  switch (tool.type) {
    case "server":
      return tool.value;
    case "function":
      return writeBack({
        ...(typeof tool.form?.type === "string" && { type: tool.form.type }),
        name: tool.name,
        ...(tool.description !== undefined && { description: tool.description }),
        ...(tool.parameters !== undefined && { input_schema: tool.parameters }),
        ...(tool.strict !== undefined && { strict: tool.strict }),
      }, tool);
    case "freeform":
      // This protocol's decoder makes none.
      return { name: tool.name, input_schema: { type: "object" } };
    default:
      return tool satisfies never;
  }
}

function nativeToolChoice({ toolChoice, parallelToolCalls }: ChatRequest): JsonObject {
  if (toolChoice === undefined) return {};
  if (toolChoice.type === "opaque") return { tool_choice: toolChoice.value };
  return {
    tool_choice: {
      ...toolChoiceWire(toolChoice),
      ...(parallelToolCalls !== undefined && { disable_parallel_tool_use: !parallelToolCalls }),
    },
  };
}

/** Writes which tool must be called, without what is said about parallel calls. */
export function toolChoiceWire(choice: Exclude<ToolChoice, { type: "opaque" }>): JsonObject {
  switch (choice.type) {
    case "auto":
    case "none":
      return { type: choice.type };
    case "required":
      return { type: "any" };
    case "tool":
      return { type: "tool", name: choice.name };
    default:
      return choice satisfies never;
  }
}

function nativeMessage(message: Message, context: NativeContext): JsonObject {
  const content = nativeContent(message, context);
  return writeBack({ role: message.role, ...(content !== undefined && { content }) }, message);
}

type AnyBlock = UserBlock | AssistantBlock;
type Written = { content: readonly AnyBlock[] } & Pick<Message, "form">;

function nativeContent(node: Written, context: NativeContext): JsonValue | undefined {
  const { content } = node;
  const [first, second] = content;
  if (second === undefined) {
    const text = first === undefined ? "" : first.type === "text" ? first.text : undefined;
    if (text !== undefined && isWrittenAs(node, "string")) return text;
    if (text === "" && isWrittenAs(node, "absent")) return undefined;
  }
  const blocks = content.map((block) => nativeBlock(block, context))
    .filter((block) => block !== undefined);
  const isEmptied = content.length > 0 && blocks.length === 0;
  return isEmptied ? [{ type: "text", text: EMPTY_TURN_TEXT }] : blocks;
}

function nativeBlock(block: AnyBlock, context: NativeContext): JsonObject | undefined {
  switch (block.type) {
    case "text":
    case "refusal":
      return writeBack(nativeText(block), block);
    case "image":
      return writeBack({ type: "image", source: mediaSourceWire(block.source) }, block);
    case "document":
      return nativeDocument(block);
    case "reasoning":
      return nativeThinking(block, context);
    case "tool-call": {
      const { input } = toolInput(block);
      const id = context.ids?.call(block.id) ?? writtenId(block) ?? block.id;
      return writeBack({ type: "tool_use", id, name: block.name, input }, block);
    }
    case "tool-result":
      return nativeToolResult(block, context);
    case "opaque":
      return block.value;
    default:
      return block satisfies never;
  }
}

function nativeText(block: TextBlock | RefusalBlock): JsonObject {
  const name = referencedTool(block);
  return name === undefined
    ? { type: "text", text: block.text }
    : { type: "tool_reference", tool_name: name };
}

/** Writes where an image or a document is. */
export function mediaSourceWire(source: MediaSource): JsonObject {
  switch (source.kind) {
    case "url":
      return { type: "url", url: source.url };
    case "base64":
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "file":
      return { type: "file", file_id: source.id };
    default:
      return source satisfies never;
  }
}

function nativeDocument(block: DocumentBlock): JsonObject {
  const { source, name, form } = block;
  const title = name === undefined ? {} : { title: name };
  if (source.kind !== "text") {
    return writeBack({ type: "document", source: mediaSourceWire(source), ...title }, block);
  }
  const written = isObject(form?.source) ? form.source : { type: "text", media_type: "text/plain" };
  const data = written.type === "text" ? { data: source.text } : {};
  return writeBack({ type: "document", source: { ...written, ...data }, ...title }, block);
}

/**
 * Thoughts of this protocol as they were. Thoughts that a seal brought here are another's: the
 * API would refuse them.
 */
function nativeThinking(block: ReasoningBlock, { losses }: NativeContext): JsonObject | undefined {
  const thinking = { type: "thinking", thinking: block.text };
  if (block.signature?.owner === "anthropic_messages") {
    return writeBack({ ...thinking, signature: block.signature.value }, block);
  }
  // Some upstreams of this protocol sign nothing, and want their thoughts back all the same.
  const written = block.form?.signature;
  if (block.signature === undefined && written === "") {
    return writeBack({ ...thinking, signature: "" }, block);
  }
  if (block.signature === undefined && written === null) return writeBack(thinking, block);
  losses.add("messages.content.thinking", "dropped", false);
  return undefined;
}

function writtenId({ form }: Extended): string | undefined {
  return typeof form?.id === "string" ? form.id : undefined;
}

function nativeToolResult(block: ToolResultBlock, context: NativeContext): JsonObject {
  const content = nativeContent(block, context);
  return writeBack({
    type: "tool_result",
    tool_use_id: context.ids?.result(block.toolCallId) ?? writtenId(block) ?? block.toolCallId,
    ...(content !== undefined && { content }),
    ...(block.isError !== undefined && { is_error: block.isError }),
  }, block);
}
