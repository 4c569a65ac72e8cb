/**
 * Reads an upstream's whole answer, as tolerantly as can be.
 *
 * @module
 */
import { GatewayError } from "../../base/error.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import type { AssistantBlock } from "../../chat/block.ts";
import type { ChatResponse } from "../../chat/response.ts";
import { decodeOpenAiError } from "../openai_error.ts";
import { opaque } from "./content_decoder.ts";
import { defined, PROTOCOL } from "./form.ts";
import type { ItemLayout } from "./layout.ts";
import {
  callOf,
  kindOf,
  objectsOf,
  partsOf,
  signatureOf,
  textOf,
  thoughtOf,
  toolInputOf,
  wordsOf,
} from "./output_item.ts";
import { decodeStopReason, seenIn } from "./stop_reason.ts";
import { decodeUsage } from "./usage.ts";

/** Statuses of answers that are not there. */
const UNANSWERED: ReadonlySet<unknown> = new Set(["failed", "cancelled", "queued", "in_progress"]);

/**
 * Reads a whole answer.
 *
 * @throws {GatewayError} `upstream` for a body that holds no answer.
 */
export function decodeResponse(body: JsonObject): ChatResponse {
  const output = outputOf(body);
  if (UNANSWERED.has(body.status) || output === undefined) throw noAnswer(body);
  const { content, items } = readOutput(output);
  const { output: _, ...fields } = body;
  return {
    id: textOf(body.id) ?? "",
    model: textOf(body.model) ?? "",
    content,
    stopReason: decodeStopReason(body, seenIn(content)),
    usage: decodeUsage(body.usage),
    extras: { [PROTOCOL]: without(fields, RESPONSE_FIELDS) },
    form: { [PROTOCOL]: { items } },
  };
}

const RESPONSE_FIELDS = new Set(["id", "model", "status", "usage"]);

function outputOf(body: JsonObject): JsonObject[] | undefined {
  if (Array.isArray(body.output)) return objectsOf(body.output);
  const text = textOf(body.output_text);
  return text === undefined ? undefined : [{ type: "message", content: text }];
}

function noAnswer(body: JsonObject): GatewayError {
  if (!isObject(body.error) && textOf(body.error) === undefined) {
    const status = textOf(body.status) ?? "without output";
    return new GatewayError("upstream", `Cannot read the upstream's answer: it is ${status}`);
  }
  const fault = decodeOpenAiError(200, body);
  const { status, code } = fault;
  return new GatewayError("upstream", fault.message, { status, ...defined({ code }) });
}

/** The blocks of all items, and which items they came from. */
function readOutput(
  output: JsonObject[],
): { content: AssistantBlock[]; items: ItemLayout[] } {
  const content: AssistantBlock[] = [];
  const items: ItemLayout[] = [];
  for (const [index, item] of output.entries()) {
    if (kindOf(item) === "message") {
      const parts = partsOf(item);
      for (const part of parts) content.push(readPart(part));
      items.push({
        kind: "message",
        blocks: parts.length,
        fields: without(item, MESSAGE_FIELDS),
      });
    } else {
      content.push(readItem(item, index));
      items.push({ kind: "block", blocks: 1 });
    }
  }
  return { content, items };
}

const MESSAGE_FIELDS = new Set(["content"]);
const PART_FIELDS = new Set(["type", "text", "refusal"]);
const CALL_FIELDS = new Set(["type", "call_id", "name", "arguments", "input"]);
const REASONING_FIELDS = new Set(["type", "encrypted_content"]);

function readPart(part: JsonObject): AssistantBlock {
  const words = wordsOf(part);
  return words === undefined ? opaque(part) : { ...words, ...owned(part, PART_FIELDS) };
}

function readItem(item: JsonObject, index: number): AssistantBlock {
  const kind = kindOf(item);
  if (kind === "reasoning") {
    return {
      type: "reasoning",
      text: thoughtOf(item),
      ...defined({ signature: signatureOf(item) }),
      ...owned(item, REASONING_FIELDS),
    };
  }
  if (kind !== "function" && kind !== "freeform") return opaque(item);
  return {
    type: "tool-call",
    ...callOf(item, `call_${index}`),
    input: toolInputOf(item),
    ...(kind === "freeform" ? { isFreeform: true } : {}),
    ...owned(item, CALL_FIELDS),
  };
}

/** What only this protocol writes back. A response has no source, so the extras carry its name. */
function owned(object: JsonObject, known: ReadonlySet<string>): { extras: JsonObject } {
  return { extras: { [PROTOCOL]: without(object, known) } };
}

function without(object: JsonObject, known: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !known.has(key)));
}
