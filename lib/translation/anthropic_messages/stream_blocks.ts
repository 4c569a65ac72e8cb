/**
 * The blocks of a Messages stream, brought into the order that canonical events have: one block
 * at a time.
 *
 * Anthropic sends them so. Servers that translate from another protocol sometimes do not: a new
 * block may start while one is open. Open text is then ended, and goes on as a new block if more
 * of it comes. The input of an open tool call cannot be split, so later blocks wait for its end.
 *
 * @module
 */
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../base/json.ts";
import type { OpaqueState } from "../../chat/block.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";
import { inputText } from "./response.ts";
import { PROTOCOL } from "./wire.ts";

/** What may be held back, in characters, before the stream is given up. */
const MAX_HELD_CHARACTERS = 8 * 1_024 * 1_024;
/** What a block that waits costs beside its text: there may not be many, for each is looked at. */
const WAITING_BLOCK_CHARACTERS = 16 * 1_024;

type Index = JsonValue | undefined;

/** A block that has started and not ended. */
interface Block {
  index: Index;
  start: BlockStart;
  /** Text that waits, or the parts of an opaque block's input. */
  parts: string[];
  hasText: boolean;
  /** What a tool call holds when no delta brings its input. */
  fallbackInput: string;
  signature: string;
  isStopped: boolean;
}

type DeltaKind = "text" | "reasoning" | "tool-call";

const DELTAS: ReadonlyMap<JsonValue | undefined, { kind: DeltaKind; field: string }> = new Map<
  JsonValue | undefined,
  { kind: DeltaKind; field: string }
>([
  ["text_delta", { kind: "text", field: "text" }],
  ["thinking_delta", { kind: "reasoning", field: "thinking" }],
  ["input_json_delta", { kind: "tool-call", field: "partial_json" }],
]);

/** Turns starts, deltas and stops with indices into events without. */
export class StreamBlocks {
  readonly #emit: (event: StreamEvent) => void;
  #open: Block | undefined;
  /** Blocks that started while a tool call was open, in their order. */
  #waiting: Block[] = [];
  #heldCharacters = 0;
  #hasToolCalls = false;

  /** @param emit Takes the events, in order. */
  constructor(emit: (event: StreamEvent) => void) {
    this.#emit = emit;
  }

  /** Whether any tool call has started. */
  get hasToolCalls(): boolean {
    return this.#hasToolCalls;
  }

  /** Whether a block is open. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether more waits than one stream may hold back. */
  get isOverfull(): boolean {
    return this.#heldCharacters > MAX_HELD_CHARACTERS;
  }

  /** Takes the start of a block, as its `content_block` describes it. */
  start(index: Index, wire: JsonObject): void {
    const block = newBlock(index, wire);
    if (isRepeated(block, this.#find(index))) return;
    if (block.start.type === "tool-call") this.#hasToolCalls = true;
    this.#enter(block);
    const text = block.start.type === "text" ? wire.text : wire.thinking;
    if (block.start.type !== "opaque" && typeof text === "string") this.#append(block, text);
  }

  /** Takes more of a block; of one that is not open, more of its kind. */
  delta(index: Index, delta: JsonObject): void {
    const block = this.#find(index);
    if (block?.start.type === "opaque") return this.#addToOpaque(block, delta);
    if (delta.type === "signature_delta") {
      if (block !== undefined && typeof delta.signature === "string") {
        block.signature += delta.signature;
      }
      return;
    }
    const known = DELTAS.get(delta.type);
    const text = known && delta[known.field];
    if (known === undefined || typeof text !== "string" || text === "") return;
    if (block?.start.type === known.kind) return this.#append(block, text);
    // A tool's input without its call belongs to nothing.
    if (known.kind === "tool-call") return;
    const reopened = newBlock(index, { type: known.kind === "text" ? "text" : "thinking" });
    this.#enter(reopened);
    this.#append(reopened, text);
  }

  /** Takes the end of a block. */
  stop(index: Index): void {
    const block = this.#find(index);
    if (block === undefined) return;
    block.isStopped = true;
    if (block === this.#open) this.#advance();
  }

  /** Ends what is open, and lets out what waits: the answer is complete. */
  end(): void {
    while (this.#open !== undefined) this.#advance();
  }

  #find(index: Index): Block | undefined {
    if (this.#open?.index === index) return this.#open;
    return this.#waiting.find((block) => block.index === index && !block.isStopped);
  }

  #enter(block: Block): void {
    // A second start of the same block, or a stop that never came.
    const isOver = this.#open?.start.type !== "tool-call" || this.#open.index === block.index;
    if (this.#open !== undefined && isOver) this.#advance();
    if (this.#open === undefined) return this.#begin(block);
    this.#waiting.push(block);
    this.#heldCharacters += WAITING_BLOCK_CHARACTERS;
  }

  #begin(block: Block): void {
    this.#open = block;
    // An opaque block is complete in itself, so it is told when it is.
    if (block.start.type !== "opaque") this.#emit({ type: "block-start", block: block.start });
  }

  #append(block: Block, text: string): void {
    if (text === "") return;
    block.hasText = true;
    if (block === this.#open) {
      this.#emit({ type: "block-delta", text });
    } else {
      this.#hold(block, text);
    }
  }

  #hold(block: Block, text: string): void {
    block.parts.push(text);
    this.#heldCharacters += text.length;
  }

  #addToOpaque(block: Block, delta: JsonObject): void {
    if (block.start.type !== "opaque") return;
    if (typeof delta.partial_json === "string") this.#hold(block, delta.partial_json);
    // This delta is the block's whole value.
    if (delta.type === "compaction_delta") {
      const { type: _, ...fields } = delta;
      block.start = { ...block.start, value: { ...block.start.value, ...fields } };
    }
  }

  /** Ends the open block and begins the next, as long as those are complete already. */
  #advance(): void {
    if (this.#open !== undefined) this.#finish(this.#open);
    this.#open = undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#heldCharacters -= WAITING_BLOCK_CHARACTERS;
      this.#begin(next);
      this.#release(next);
      if (!next.isStopped) return;
      this.#finish(next);
      this.#open = undefined;
    }
  }

  #release(block: Block): void {
    if (block.start.type === "opaque") return;
    for (const text of block.parts) {
      this.#heldCharacters -= text.length;
      this.#emit({ type: "block-delta", text });
    }
    block.parts = [];
  }

  #finish(block: Block): void {
    const { start } = block;
    if (start.type === "opaque") {
      const value = opaqueValue(start.value, block.parts);
      this.#emit({ type: "block-start", block: { ...start, value } });
    } else if (start.type === "tool-call" && !block.hasText) {
      this.#emit({ type: "block-delta", text: block.fallbackInput });
    }
    const signature: OpaqueState = { owner: PROTOCOL, value: block.signature };
    const isSigned = start.type === "reasoning" && block.signature !== "";
    this.#emit({ type: "block-end", ...(isSigned && { signature }) });
  }
}

/** Whether a start says again what is open: some servers send it twice. */
function isRepeated({ start }: Block, open: Block | undefined): boolean {
  if (open === undefined || open.start.type !== start.type) return false;
  if (start.type === "tool-call") {
    return open.start.type === start.type && open.start.id === start.id;
  }
  return start.type !== "opaque";
}

function newBlock(index: Index, wire: JsonObject): Block {
  return {
    index,
    start: blockStart(wire),
    parts: [],
    hasText: false,
    fallbackInput: wire.type === "tool_use" ? inputText(wire.input) : "",
    signature: wire.type === "thinking" && typeof wire.signature === "string" ? wire.signature : "",
    isStopped: false,
  };
}

function blockStart(wire: JsonObject): BlockStart {
  switch (wire.type) {
    case "text":
      return { type: "text" };
    case "thinking":
      return { type: "reasoning" };
    case "tool_use":
      return {
        type: "tool-call",
        id: typeof wire.id === "string" ? wire.id : "",
        name: typeof wire.name === "string" ? wire.name : "",
      };
    default:
      return { type: "opaque", owner: PROTOCOL, value: wire };
  }
}

function opaqueValue(value: JsonObject, parts: readonly string[]): JsonObject {
  if (parts.length === 0) return value;
  const input = parseJson(parts.join(""));
  return isObject(input) ? { ...value, input } : value;
}
