/**
 * Builds the output items of an answer, each with an id of its own.
 *
 * @module
 */
import type { JsonObject } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import { seal } from "../sealed_state.ts";
import { COMMON_TOOL_ID, fitToolCallId } from "../tool_call_id.ts";
import { PROTOCOL } from "./form.ts";
import { summaryOf } from "./foreign_input.ts";
import { splitNamespace } from "./namespaces.ts";

/** How far an item is. */
export type ItemStatus = "in_progress" | "completed" | "incomplete";

const ID_PREFIXES = {
  message: "msg",
  reasoning: "rs",
  function: "fc",
  freeform: "ctc",
  image: "ig",
  other: "item",
};

/** Gives the items of one answer their ids. */
export class ItemIds {
  readonly #answerId: string;
  #count = 0;

  /** @param answerId Some text that is unique to the answer. */
  constructor(answerId: string) {
    this.#answerId = answerId;
  }

  /** The id of the next item. */
  next(kind: keyof typeof ID_PREFIXES): string {
    return `${ID_PREFIXES[kind]}_${this.#answerId}_${this.#count++}`;
  }
}

/** A part of a message. */
export function wordsPart(type: "text" | "refusal", text: string): JsonObject {
  if (type === "refusal") return { type: "refusal", refusal: text };
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

/** A message of the model. */
export function messageItem(id: string, status: ItemStatus, content: JsonObject[]): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

/** A finished thought; a proof that is not this protocol's own is sealed. */
export function reasoningItem(
  id: string,
  { text, signature }: { text: string; signature: OpaqueState | undefined },
): JsonObject {
  const isNative = signature?.owner === PROTOCOL;
  return {
    id,
    type: "reasoning",
    summary: summaryOf(text),
    encrypted_content: isNative ? signature.value : seal(signature),
  };
}

/** What a call's item must know. */
export interface CallFields {
  callId: string;
  name: string;
  input: string;
  isFreeform: boolean;
}

/** A call of a tool. */
export function callItem(id: string, status: ItemStatus, call: CallFields): JsonObject {
  const { callId, name, input, isFreeform } = call;
  return {
    id,
    type: isFreeform ? "custom_tool_call" : "function_call",
    status,
    [isFreeform ? "input" : "arguments"]: input,
    call_id: fitToolCallId(callId, COMMON_TOOL_ID),
    ...splitNamespace(name),
  };
}

/** The arguments that a call without any is given: clients parse them. */
export const NO_ARGUMENTS = "{}";
