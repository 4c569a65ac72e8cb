/**
 * What a Chat upstream wants back with the next request to go on thinking where it stopped, carried
 * through clients of other protocols.
 *
 * Chat has no field of its own for such state, but servers with its surface do: Gemini puts a
 * signature into a tool call's `extra_content` and refuses a history without it; OpenRouter puts
 * signed and encrypted thoughts into `reasoning_details`. Both travel as the signature of a
 * reasoning block, so that a client which sends thoughts back also sends these.
 *
 * Other servers refuse fields that they do not know, so the state names its model and goes back to
 * no other.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import { jsonText } from "./json_text.ts";

/** State of one upstream model. */
export interface ReplayState {
  /** The model as the upstream named it. */
  model: string;
  /** OpenRouter's list of thoughts. */
  reasoningDetails?: JsonValue[];
  /** Gemini's addition to the tool call that follows. */
  extraContent?: JsonObject;
}

/** State beyond this size, in UTF-16 units of JSON, is not carried: clients send it every turn. */
const MAX_STATE_LENGTH = 256 * 1024;

/** Writes state as a block's signature; `undefined` when it is too much to carry. */
export function writeState(state: ReplayState): OpaqueState | undefined {
  const value = jsonText(state);
  if (value === undefined || value.length > MAX_STATE_LENGTH) return undefined;
  return { owner: "openai_chat", value };
}

/** Reads the state of `model`; `undefined` when there is none, or when it is another model's. */
export function readState(
  signature: OpaqueState | undefined,
  model: string,
): ReplayState | undefined {
  if (signature?.owner !== "openai_chat") return undefined;
  const value = parseJson(signature.value);
  if (!isObject(value) || typeof value.model !== "string") return undefined;
  if (!isSameModel(value.model, model)) return undefined;
  const state: ReplayState = { model: value.model };
  if (Array.isArray(value.reasoningDetails)) state.reasoningDetails = value.reasoningDetails;
  if (isObject(value.extraContent)) state.extraContent = value.extraContent;
  return state;
}

/** Servers answer with a longer name than they are asked by: a date behind it, a path before it. */
function isSameModel(one: string, other: string): boolean {
  if (one === "" || other === "") return false;
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a.includes(b) || b.includes(a);
}

/** Whether a thought holds more than its text: a proof, or what only its maker reads. */
function isOpaque(detail: JsonObject): boolean {
  return isFilled(detail.signature) || isFilled(detail.data);
}

/** Whether any thought of a list holds more than its text. */
export function hasOpaqueDetail(details: readonly JsonValue[]): boolean {
  return details.some((detail) => isObject(detail) && isOpaque(detail));
}

function isFilled(value: JsonValue | undefined): boolean {
  return typeof value === "string" && value !== "";
}

/** The readable text of OpenRouter's list, for a server that sends the list alone. */
export function textOfDetails(details: JsonValue | undefined): string {
  if (!Array.isArray(details)) return "";
  let text = "";
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const part = detail.text ?? detail.summary;
    if (typeof part === "string") text += part;
  }
  return text;
}

/** How many thoughts of one answer are kept; a stream that numbers every piece anew has no state. */
const MAX_DETAILS = 256;

/** Gathers `reasoning_details` from the pieces of a stream, or from a whole answer. */
export class ReasoningDetails {
  readonly #details: JsonObject[] = [];
  #isOpaque = false;
  #length = 0;
  /** A list with a hole proves nothing, so one that grew too long is given up as a whole. */
  #isTooMuch = false;

  /** Whether the list holds more than text. */
  get isOpaque(): boolean {
    return this.#isOpaque;
  }

  /** Takes the next piece of the list. */
  push(details: JsonValue | undefined): void {
    if (!Array.isArray(details)) return;
    for (const detail of details) {
      if (isObject(detail) && !this.#isTooMuch) this.#add(detail);
    }
  }

  /** Hands the list out and begins a new one; `undefined` when it is nothing but text. */
  take(): JsonValue[] | undefined {
    const details = this.#details.splice(0);
    const isWorth = this.#isOpaque && !this.#isTooMuch;
    this.#isOpaque = false;
    this.#isTooMuch = false;
    this.#length = 0;
    return isWorth ? details : undefined;
  }

  #add(detail: JsonObject): void {
    this.#isOpaque ||= isOpaque(detail);
    this.#length += lengthOf(detail);
    const last = this.#details.at(-1);
    if (last !== undefined && last.type === detail.type && last.index === detail.index) {
      extend(last, detail);
    } else {
      this.#details.push({ ...detail });
    }
    this.#isTooMuch = this.#length > MAX_STATE_LENGTH || this.#details.length > MAX_DETAILS;
    if (this.#isTooMuch) this.#details.length = 0;
  }
}

/** The fields that arrive in pieces; any other comes whole. */
const PIECEWISE = ["text", "summary", "data"] as const;

function extend(detail: JsonObject, piece: JsonObject): void {
  const pieces: JsonObject = {};
  for (const key of PIECEWISE) {
    const [before, after] = [detail[key], piece[key]];
    if (typeof before === "string" && typeof after === "string") pieces[key] = before + after;
  }
  Object.assign(detail, definedFields(piece), pieces);
}

/** Later pieces repeat fields as null when they do not have them. */
function definedFields(piece: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(piece).filter(([, value]) => value !== null));
}

function lengthOf(detail: JsonObject): number {
  let length = 0;
  for (const value of Object.values(detail)) length += typeof value === "string" ? value.length : 8;
  return length;
}
