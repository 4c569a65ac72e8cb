/**
 * The pieces of content that a conversation is made of.
 *
 * A piece that at least two protocols have is a block type of its own; what only one protocol
 * knows travels as {@linkcode OpaqueBlock} or in `extras`, tagged with that protocol.
 *
 * @module
 */
import type { JsonObject } from "../base/json.ts";
import type { Protocol } from "../base/protocol.ts";

/** What every part of a conversation may carry beside its canonical fields. */
export interface Extended {
  /**
   * Wire fields that only the source protocol knows, by their wire names. Only the codec of that
   * protocol writes them back; to any other protocol each is a loss.
   */
  extras?: JsonObject;
  /**
   * How the source protocol wrote this part, when there are several ways to write the same thing
   * (content as a string or as a list). Private to its codec; leaving it out is never a loss.
   */
  form?: JsonObject;
}

/** Plain text. */
export interface TextBlock extends Extended {
  type: "text";
  text: string;
}

/** The words with which a model declined. */
export interface RefusalBlock extends Extended {
  type: "refusal";
  text: string;
}

/** Where the bytes of an image or document are. */
export type MediaSource =
  | { kind: "url"; url: string }
  | { kind: "base64"; mediaType: string; data: string }
  | { kind: "file"; id: string };

/** A picture. `detail` is the resolution asked for, where a protocol has that. */
export interface ImageBlock extends Extended {
  type: "image";
  source: MediaSource;
  detail?: string;
}

/** A document: a PDF or other file, or plain text. */
export interface DocumentBlock extends Extended {
  type: "document";
  source: MediaSource | { kind: "text"; text: string };
  name?: string;
}

/** State that only its owner can read: an encrypted thought, a signature. */
export interface OpaqueState {
  owner: Protocol;
  value: string;
}

/**
 * What the model thought before it answered.
 *
 * `signature` is the owner's proof over the text; without one the text is only readable, and must
 * not be sent to an upstream that checks signatures.
 */
export interface ReasoningBlock extends Extended {
  type: "reasoning";
  text: string;
  signature?: OpaqueState;
}

/** A tool that the model wants called. `input` is the text that the model wrote. */
export interface ToolCallBlock extends Extended {
  type: "tool-call";
  id: string;
  name: string;
  /** For a function: JSON text, possibly cut or malformed, as it came. For a custom tool: free text. */
  input: string;
  /** Whether the tool takes free text (a Responses `custom` tool). Default: JSON. */
  isFreeform?: boolean;
}

/** Whether a block is a call. */
export function isToolCall(block: AssistantBlock): block is ToolCallBlock {
  return block.type === "tool-call";
}

/** What a tool gave back. */
export interface ToolResultBlock extends Extended {
  type: "tool-result";
  toolCallId: string;
  content: (TextBlock | ImageBlock | DocumentBlock | OpaqueBlock)[];
  isError?: boolean;
}

/** Content that only `owner` understands, as it stood on the wire. */
export interface OpaqueBlock {
  type: "opaque";
  owner: Protocol;
  value: JsonObject;
}

/** What a user's turn may hold; results of tools stand here, before the text that follows them. */
export type UserBlock = TextBlock | ImageBlock | DocumentBlock | ToolResultBlock | OpaqueBlock;

/** What a model's turn may hold, in a request's history and in an answer. */
export type AssistantBlock =
  | TextBlock
  | RefusalBlock
  | ReasoningBlock
  | ToolCallBlock
  | ImageBlock
  | OpaqueBlock;
