/**
 * What a stub upstream says: always the same to the same request.
 *
 * It calls the first tool it may call, and answers in words once the tool's result is there.
 *
 * @module
 */
import type { AssistantBlock, ToolResultBlock } from "../chat/block.ts";
import type { ChatRequest, FreeformTool, FunctionTool } from "../chat/request.ts";
import type { ChatResponse } from "../chat/response.ts";
import { sampleOf } from "./schema_sample.ts";

/** Longer quotations of the request are cut to this many characters. */
const MAX_QUOTED = 200;

/** What a text is in the calls that a stub makes. */
const SAMPLE_TEXT = "stub";

/** Numbers that the answer's usage is made of. */
export interface AnswerFacts {
  id: string;
  inputTokens: number;
}

/** Answers a request. */
export function answerTo(request: ChatRequest, { id, inputTokens }: AnswerFacts): ChatResponse {
  const tool = toolToCall(request);
  const block: AssistantBlock = tool
    ? { type: "tool-call", id: `call_${id}`, name: tool.name, ...inputFor(tool) }
    : { type: "text", text: textFor(request) };
  const words = block.type === "text" ? block.text : block.input;
  const outputTokens = Math.max(1, Math.ceil(words.length / 4));
  return {
    // None of its own: each protocol's encoder makes one that looks as its clients expect.
    id: "",
    model: request.model,
    content: [block],
    stopReason: tool ? "tool-calls" : "end",
    usage: { inputTokens, outputTokens },
  };
}

function toolToCall(request: ChatRequest): FunctionTool | FreeformTool | undefined {
  const { tools = [], toolChoice } = request;
  if (toolChoice?.type === "none" || lastToolResult(request)) return undefined;
  const callable = tools.filter((tool) => tool.type !== "server");
  if (toolChoice?.type !== "tool") return mayCall(request) ? callable[0] : undefined;
  return callable.find((tool) => tool.name === toolChoice.name);
}

/**
 * Whether a tool may be called for its own sake: nobody has called one yet, and this is no task that
 * a stub gave away. Agents report in words, and begin conversations of their own: a stub that calls
 * a tool each time would keep them at it for ever.
 */
function mayCall({ messages }: ChatRequest): boolean {
  const blocks: readonly { type: string; text?: string }[] = messages
    .filter(({ role }) => role !== "system").flatMap(({ content }) => [...content]);
  return !blocks.some(({ type, text }) => type === "tool-result" || text?.trim() === SAMPLE_TEXT);
}

function inputFor(tool: FunctionTool | FreeformTool): { input: string; isFreeform?: boolean } {
  if (tool.type === "freeform") return { input: "stub", isFreeform: true };
  return { input: JSON.stringify(sampleOf(tool.parameters ?? { type: "object" })) };
}

/** The result of a tool that the conversation ends with, when it does. */
function lastToolResult(request: ChatRequest): ToolResultBlock | undefined {
  const last = request.messages.findLast((message) => message.role !== "system");
  if (last?.role !== "user") return undefined;
  return last.content.findLast((block) => block.type === "tool-result");
}

function textFor(request: ChatRequest): string {
  const { outputFormat } = request;
  if (outputFormat?.type === "json_schema") return JSON.stringify(sampleOf(outputFormat.schema));
  if (outputFormat?.type === "json_object") return '{"stub":true}';
  const result = lastToolResult(request);
  if (result) return `This is ${request.model}. The tool said: ${quote(textOf(result.content))}`;
  const last = request.messages.findLast((message) => message.role === "user");
  return `This is ${request.model}. You said: ${quote(textOf(last?.content ?? []))}`;
}

function textOf(blocks: readonly { type: string; text?: string }[]): string {
  return blocks.filter((block) => block.type === "text").map((block) => block.text).join(" ");
}

function quote(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).toWellFormed()}…` : text;
}
