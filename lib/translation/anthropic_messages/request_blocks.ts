/**
 * Reads the content blocks of a Messages request.
 *
 * Types that are not known here stay whole, as opaque blocks: the next one that Anthropic invents
 * must still pass between two Anthropic peers.
 *
 * @module
 */
import { badRequest } from "../../base/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import {
  asObject,
  at,
  readBoolean,
  readObject,
  readString,
  requireObject,
  requireString,
  wrongType,
} from "../../base/reader.ts";
import type {
  AssistantBlock,
  DocumentBlock,
  Extended,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  UserBlock,
} from "../../chat/block.ts";
import { unseal } from "../sealed_state.ts";
import { restoreToolCallId } from "../tool_call_id.ts";
import { extended, PROTOCOL, withForm } from "./wire.ts";

type ResultBlock = ToolResultBlock["content"][number];
type Decoder<T> = (block: JsonObject, place: string) => T | undefined;

const TEXT_FIELDS = new Set(["type", "text"]);
const MEDIA_FIELDS = new Set(["type", "source"]);
const DOCUMENT_FIELDS = new Set(["type", "source", "title"]);
const SOURCE_FIELDS = new Set(["type", "url", "media_type", "data", "file_id"]);
const THINKING_FIELDS = new Set(["type", "thinking", "signature"]);
const TOOL_REFERENCE_FIELDS = new Set(["type", "tool_name"]);
const TOOL_USE_FIELDS = new Set(["type", "id", "name", "input"]);
const TOOL_RESULT_FIELDS = new Set(["type", "tool_use_id", "content", "is_error"]);

const SYSTEM_BLOCKS = new Map<string, Decoder<TextBlock>>([["text", textBlock]]);

const RESULT_BLOCKS = new Map<string, Decoder<ResultBlock>>([
  ["text", textBlock],
  ["image", imageBlock],
  ["document", documentBlock],
  ["tool_reference", toolReferenceBlock],
]);

const USER_BLOCKS = new Map<string, Decoder<UserBlock>>([
  ["text", textBlock],
  ["image", imageBlock],
  ["document", documentBlock],
  ["tool_result", toolResultBlock],
  ["tool_use", misplaced("an assistant")],
]);

const ASSISTANT_BLOCKS = new Map<string, Decoder<AssistantBlock>>([
  ["text", textBlock],
  ["image", imageBlock],
  ["thinking", thinkingBlock],
  ["redacted_thinking", redactedBlock],
  ["tool_use", toolUseBlock],
  ["tool_result", misplaced("a user")],
]);

/** Content as blocks, and how it was written when that was not as a list. */
export interface Content<T> {
  content: T[];
  form?: JsonObject;
}

/** Reads the content of a user's turn: a string or a list of blocks. */
export function userContent(value: JsonValue | undefined, place: string): Content<UserBlock> {
  return readContent(value, place, USER_BLOCKS);
}

/** Reads the content of the model's turn. */
export function assistantContent(
  value: JsonValue | undefined,
  place: string,
): Content<AssistantBlock> {
  return readContent(value, place, ASSISTANT_BLOCKS);
}

/** Reads a system prompt, at the top or between other turns. */
export function systemContent(
  value: JsonValue | undefined,
  place: string,
): Content<TextBlock | OpaqueBlock> {
  return readContent(value, place, SYSTEM_BLOCKS);
}

function readContent<T>(
  value: JsonValue | undefined,
  place: string,
  decoders: ReadonlyMap<string, Decoder<T>>,
): Content<T | TextBlock | OpaqueBlock> {
  if (typeof value === "string") {
    return { content: value === "" ? [] : [textOf(value)], form: { content: "string" } };
  }
  if (!Array.isArray(value)) throw wrongType(place, "a string or an array", value);
  return { content: value.map((one, i) => readBlock(one, at(place, i), decoders)) };
}

function textOf(text: string): TextBlock {
  return { type: "text", text };
}

function readBlock<T>(
  value: JsonValue,
  place: string,
  decoders: ReadonlyMap<string, Decoder<T>>,
): T | OpaqueBlock {
  const block = asObject(value, place);
  const decode = decoders.get(requireString(block, "type", place));
  readObject(block, "cache_control", place);
  return decode?.(block, place) ?? { type: "opaque", owner: PROTOCOL, value: block };
}

function misplaced(turn: string): Decoder<never> {
  return (block, place) => {
    throw badRequest(place, `a ${block.type} block can only stand in ${turn} turn`);
  };
}

function textBlock(block: JsonObject, place: string): TextBlock {
  const text = requireString(block, "text", place);
  return { type: "text", text, ...extended(block, TEXT_FIELDS) };
}

/**
 * A tool that the client's own search found. To other models nothing was hidden before, so that its
 * name is all they have to hear; without a word they would take the search to have found nothing.
 */
function toolReferenceBlock(block: JsonObject, place: string): TextBlock {
  const name = requireString(block, "tool_name", place);
  const text = `The tool ${name} can be called now.`;
  const rest = extended(block, TOOL_REFERENCE_FIELDS);
  return { type: "text", text, ...withForm(rest, { reference: name }) };
}

/** The name of the tool that a text stands for; `undefined` for any other text. */
export function referencedTool({ form }: TextBlock | RefusalBlock): string | undefined {
  return typeof form?.reference === "string" ? form.reference : undefined;
}

function imageBlock(block: JsonObject, place: string): ImageBlock | undefined {
  const source = mediaSource(requireObject(block, "source", place), at(place, "source"));
  if (source === undefined) return undefined;
  return { type: "image", source, ...extended(block, MEDIA_FIELDS, { source: SOURCE_FIELDS }) };
}

/** Reads where the bytes are; `undefined` for a kind of source that is not known here. */
function mediaSource(source: JsonObject, place: string): MediaSource | undefined {
  switch (requireString(source, "type", place)) {
    case "url":
      return { kind: "url", url: requireString(source, "url", place) };
    case "file":
      return { kind: "file", id: requireString(source, "file_id", place) };
    case "base64":
      return {
        kind: "base64",
        mediaType: requireString(source, "media_type", place),
        data: requireString(source, "data", place),
      };
    default:
      return undefined;
  }
}

function documentBlock(block: JsonObject, place: string): DocumentBlock | undefined {
  const name = readString(block, "title", place);
  const source = requireObject(block, "source", place);
  const read = documentSource(source, at(place, "source"));
  if (read === undefined) return undefined;
  const rest = extended(block, DOCUMENT_FIELDS, read.form ? {} : { source: SOURCE_FIELDS });
  return {
    type: "document",
    source: read.source,
    ...(name !== undefined && { name }),
    ...withForm(rest, read.form),
  };
}

interface DocumentSource {
  source: DocumentBlock["source"];
  form?: JsonObject;
}

function documentSource(source: JsonObject, place: string): DocumentSource | undefined {
  const type = requireString(source, "type", place);
  if (type === "text") {
    const text = requireString(source, "data", place);
    readString(source, "media_type", place);
    return { source: { kind: "text", text }, form: { source: withoutData(source) } };
  }
  if (type === "content") return contentSource(source, place);
  const media = mediaSource(source, place);
  return media === undefined ? undefined : { source: media };
}

function withoutData({ data: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** A document given as blocks: text when all of them are, else only Anthropic can read it. */
function contentSource(source: JsonObject, place: string): DocumentSource | undefined {
  const { content } = readContent(source.content, at(place, "content"), RESULT_BLOCKS);
  if (!content.every((block) => block.type === "text")) return undefined;
  const text = content.map((block) => block.text).join("\n\n");
  return { source: { kind: "text", text }, form: { source } };
}

function thinkingBlock(block: JsonObject, place: string): ReasoningBlock {
  const text = requireString(block, "thinking", place);
  const rest = extended(block, THINKING_FIELDS);
  const signature = readString(block, "signature", place);
  if (!signature) {
    return { type: "reasoning", text, ...withForm(rest, { signature: signature ?? null }) };
  }
  const sealed = unseal(signature);
  const state = sealed === undefined
    ? { owner: PROTOCOL, value: signature } as const
    : sealed.state;
  return { type: "reasoning", text, ...(state !== undefined && { signature: state }), ...rest };
}

/** Checks a thought that nobody but its upstream can read, so that it is no canonical block. */
function redactedBlock(block: JsonObject, place: string): undefined {
  requireString(block, "data", place);
}

function toolUseBlock(block: JsonObject, place: string): ToolCallBlock {
  const { id, form } = readToolId(block, { key: "id", place });
  const name = requireString(block, "name", place);
  const input = jsonText(requireObject(block, "input", place), at(place, "input"));
  const rest = withForm(extended(block, TOOL_USE_FIELDS), form);
  return { type: "tool-call", id, name, input, ...rest };
}

/** Reads an id, and keeps its written form when it was fitted to this protocol. */
function readToolId(
  block: JsonObject,
  { key, place }: { key: string; place: string },
): { id: string; form: JsonObject | undefined } {
  const written = requireString(block, key, place);
  const id = restoreToolCallId(written);
  return { id, form: id === written ? undefined : { id: written } };
}

/** Writes JSON as text; the writer is recursive, so it has a limit that the reader has not. */
function jsonText(value: JsonObject, place: string): string {
  try {
    return JSON.stringify(value);
  } catch {
    // The only failure of a value that was parsed from JSON is too little stack.
    throw badRequest(place, "nested too deeply");
  }
}

function toolResultBlock(block: JsonObject, place: string): ToolResultBlock {
  const { id, form: idForm } = readToolId(block, { key: "tool_use_id", place });
  const isError = readBoolean(block, "is_error", place);
  const { content, form } = resultContent(block.content, at(place, "content"));
  return {
    type: "tool-result",
    toolCallId: id,
    content,
    ...(isError !== undefined && { isError }),
    ...withForm(withForm(extended(block, TOOL_RESULT_FIELDS), form), idForm),
  };
}

function resultContent(value: JsonValue | undefined, place: string): Content<ResultBlock> {
  if (value === undefined || value === null) return { content: [], form: { content: "absent" } };
  return readContent(value, place, RESULT_BLOCKS);
}

/** Whether a part was written as `form` says, in one of the ways other than a list. */
export function isWrittenAs(node: Extended, content: "string" | "absent"): boolean {
  return isObject(node.form) && node.form.content === content;
}
