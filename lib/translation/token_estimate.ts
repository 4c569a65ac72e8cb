/**
 * How many tokens a request's prompt is, roughly: for clients that ask before they send, and for
 * answers that begin before the upstream has counted.
 *
 * @module
 */
import type { AssistantBlock, DocumentBlock, ImageBlock, UserBlock } from "../chat/block.ts";
import type { ChatRequest, Message, Tool } from "../chat/request.ts";
import { estimateTextTokens } from "./text_tokens.ts";

/** What frames a turn: its role and the marks around it. */
const TOKENS_PER_MESSAGE = 4;
/** What names a call or a result and links the two. */
const TOKENS_PER_CALL = 12;
const TOKENS_PER_TOOL = 10;
/** A large picture; vendors scale larger ones down to about this. */
const TOKENS_PER_IMAGE = 1_600;
const TOKENS_PER_SMALL_IMAGE = 100;
/** A PDF is read as text and as pictures of its pages: a page is about 2,000 tokens and 40 kB. */
const BASE64_CHARACTERS_PER_TOKEN = 27;
/** A document whose size is not known here counts as one page. */
const TOKENS_PER_PAGE = 2_000;

/**
 * Estimates the tokens of a prompt: turns, tools, pictures and documents.
 *
 * @returns A whole number, meant to lie within 15 % of a real tokenizer's count for text, and
 *   rather above than below it.
 */
export function estimateTokens(request: ChatRequest): number {
  let tokens = 0;
  for (const message of request.messages) tokens += messageTokens(message);
  for (const tool of request.tools ?? []) tokens += TOKENS_PER_TOOL + toolTokens(tool);
  const format = request.outputFormat;
  if (format?.type === "json_schema") tokens += jsonTokens(format.schema);
  return Math.ceil(tokens);
}

function messageTokens(message: Message): number {
  let tokens = TOKENS_PER_MESSAGE;
  for (const block of message.content) tokens += blockTokens(block);
  return tokens;
}

function toolTokens(tool: Tool): number {
  switch (tool.type) {
    case "server":
      return jsonTokens(tool.value);
    case "function":
      return textTokens(tool.name, tool.description) + jsonTokens(tool.parameters);
    case "freeform":
      return textTokens(tool.name, tool.description) + jsonTokens(tool.format);
    default:
      return tool satisfies never;
  }
}

function blockTokens(block: UserBlock | AssistantBlock): number {
  switch (block.type) {
    case "text":
    case "refusal":
    case "reasoning":
      return estimateTextTokens(block.text);
    case "image":
      return imageTokens(block);
    case "document":
      return textTokens(block.name) + documentTokens(block.source);
    case "tool-call":
      return TOKENS_PER_CALL + textTokens(block.name, block.input);
    case "tool-result":
      return block.content.reduce((sum, one) => sum + blockTokens(one), TOKENS_PER_CALL);
    case "opaque":
      return jsonTokens(block.value);
    default:
      return block satisfies never;
  }
}

function imageTokens({ detail }: ImageBlock): number {
  return detail === "low" ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
}

function documentTokens(source: DocumentBlock["source"]): number {
  switch (source.kind) {
    case "text":
      return estimateTextTokens(source.text);
    case "base64":
      return Math.max(TOKENS_PER_PAGE, source.data.length / BASE64_CHARACTERS_PER_TOKEN);
    case "url":
    case "file":
      return TOKENS_PER_PAGE;
    default:
      return source satisfies never;
  }
}

function textTokens(...texts: (string | undefined)[]): number {
  return texts.reduce((sum, text) => sum + estimateTextTokens(text ?? ""), 0);
}

function jsonTokens(value: object | undefined): number {
  if (value === undefined) return 0;
  try {
    return estimateTextTokens(JSON.stringify(value));
  } catch {
    // Nested deeper than the stack: whoever takes the request will refuse it.
    return 0;
  }
}
