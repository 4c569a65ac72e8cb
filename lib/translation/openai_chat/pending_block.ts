/**
 * One block of a streamed answer, from its first sign to its end.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import type { StreamEvent } from "../../chat/stream_event.ts";
import type { CallPiece } from "./call_piece.ts";
import { JsonCompleteness } from "./json_completeness.ts";
import { ReasoningDetails, writeState } from "./reasoning_state.ts";

/** A block that was begun by the upstream. */
export abstract class PendingBlock {
  abstract readonly type: "text" | "refusal" | "reasoning" | "tool-call" | "opaque";
  /** Whether its start was sent. */
  isOpen = false;
  /** Whether its end was sent; pieces that come later are too late. */
  isEnded = false;
  /** Text that was not sent yet. */
  waiting = "";

  /** Takes the next piece. */
  push(text: string): void {
    this.waiting += text;
  }

  /** Whether enough is known for its start. */
  abstract get isReady(): boolean;
  /** Whether it has ended once something else begins. */
  abstract get isComplete(): boolean;
  /** Whether there is nothing to tell when no more comes. */
  abstract get isEmpty(): boolean;
  /** The events that begin it. */
  abstract start(): StreamEvent[];

  /** The event that ends it. */
  end(): StreamEvent {
    return { type: "block-end" };
  }
}

/** Words, or thoughts. */
export class WordsPending extends PendingBlock {
  readonly type: "text" | "refusal" | "reasoning";
  /** Servers send line feeds around thoughts and calls; alone they are no words. */
  #isBlank = true;

  constructor(type: WordsPending["type"]) {
    super();
    this.type = type;
  }

  override push(text: string): void {
    if (this.#isBlank) this.#isBlank = text.trim() === "";
    super.push(text);
  }

  override get isReady(): boolean {
    return !this.#isBlank;
  }

  override get isComplete(): boolean {
    return true;
  }

  override get isEmpty(): boolean {
    return !this.isReady;
  }

  override start(): StreamEvent[] {
    return [{ type: "block-start", block: { type: this.type } }];
  }
}

/** Thoughts, perhaps with what their upstream wants back. */
export class ThoughtPending extends WordsPending {
  readonly #model: string;
  readonly #details = new ReasoningDetails();

  /** @param model The model as the upstream names it. */
  constructor(model: string) {
    super("reasoning");
    this.#model = model;
  }

  /** Takes the next piece of OpenRouter's list. */
  pushDetails(details: JsonValue[]): void {
    this.#details.push(details);
  }

  override get isReady(): boolean {
    return super.isReady || this.#details.isOpaque;
  }

  override end(): StreamEvent {
    const reasoningDetails = this.#details.take();
    const signature = reasoningDetails && writeState({ model: this.#model, reasoningDetails });
    return signature === undefined ? super.end() : { type: "block-end", signature };
  }
}

/** What a call is begun with beside its first piece. */
export interface CallOptions {
  /** Its id if the upstream gives none. */
  madeUpId: string;
  /** The model as the upstream names it. */
  model: string;
}

/** A tool call. */
export class CallPending extends PendingBlock {
  override readonly type = "tool-call";
  id: string;
  name: string;
  readonly #isFreeform: boolean;
  readonly #options: CallOptions;
  /** What the upstream wants back with the call. */
  readonly #extraContent: JsonObject | undefined;
  readonly #json = new JsonCompleteness();
  #hasInput = false;

  constructor(piece: CallPiece, options: CallOptions) {
    super();
    this.id = piece.id;
    this.name = piece.name;
    this.#isFreeform = piece.isFreeform;
    this.#extraContent = piece.extraContent;
    this.#options = options;
  }

  override push(text: string): void {
    this.#hasInput = true;
    this.#json.push(text);
    super.push(text);
  }

  /** A call without an id waits for one until its input is whole. */
  override get isReady(): boolean {
    return this.name !== "" && (this.id !== "" || this.isComplete);
  }

  /** Nothing more can come when the input is a whole object. Free text never says so. */
  override get isComplete(): boolean {
    return !this.#isFreeform && this.#json.isComplete;
  }

  override get isEmpty(): boolean {
    return !this.#hasInput && this.name === "" && this.id === "";
  }

  override start(): StreamEvent[] {
    const id = this.id || this.#options.madeUpId;
    const call = { type: "tool-call", id, name: this.name } as const;
    const block = this.#isFreeform ? { ...call, isFreeform: true } : call;
    return [...this.#state(), { type: "block-start", block }];
  }

  /** What the upstream wants back goes before the call, as the signature of a wordless thought. */
  #state(): StreamEvent[] {
    if (this.#extraContent === undefined) return [];
    const signature = callState(this.#extraContent, this.#options.model);
    if (signature === undefined) return [];
    return [
      { type: "block-start", block: { type: "reasoning" } },
      { type: "block-end", signature },
    ];
  }
}

/** Content that only Chat has words for: whole in itself. */
export class OpaquePending extends PendingBlock {
  override readonly type = "opaque";
  readonly #value: JsonObject;

  /** @param value The fields of the delta, as they stood on the wire. */
  constructor(value: JsonObject) {
    super();
    this.#value = value;
  }

  override get isReady(): boolean {
    return true;
  }

  override get isComplete(): boolean {
    return true;
  }

  override get isEmpty(): boolean {
    return false;
  }

  override start(): StreamEvent[] {
    const block = { type: this.type, owner: "openai_chat", value: this.#value } as const;
    return [{ type: "block-start", block }];
  }
}

/** What Gemini's model wants back with a call. */
export function callState(extraContent: JsonObject, model: string): OpaqueState | undefined {
  return writeState({ model, extraContent });
}
