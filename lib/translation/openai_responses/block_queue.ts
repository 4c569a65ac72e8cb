/**
 * Brings blocks that a stream interleaves into one row.
 *
 * Canonical blocks never overlap, and this protocol's may: two calls can grow in turns. The first
 * block in the row is told as it grows; what later ones say is kept until their turn comes.
 *
 * @module
 */
import type { OpaqueState } from "../../chat/block.ts";
import type { BlockStart, StreamEvent } from "../../chat/stream_event.ts";

/** The most that may wait, in UTF-16 units: a bound on memory that no honest stream comes near. */
const MAX_WAITING = 4 * 1024 * 1024;

/** The most blocks that may wait, for the same reason. */
const MAX_BLOCKS = 4096;

/** One block on its way. */
export class QueuedBlock {
  /** What it is; `undefined` until that is known, and then it waits. */
  start: BlockStart | undefined;
  /** Whether text came. */
  hasText = false;
  isDone = false;
  isOpen = false;
  signature: OpaqueState | undefined;
  waiting = "";

  constructor(start: BlockStart | undefined) {
    this.start = start;
  }
}

/** The row of blocks of one stream. */
export class BlockQueue {
  /** Blocks that are not finished; the first may be open. */
  readonly #row: QueuedBlock[] = [];
  #waiting = 0;

  /** Whether more waits than is allowed. */
  get isOverfull(): boolean {
    return this.#waiting > MAX_WAITING || this.#row.length > MAX_BLOCKS;
  }

  /** Adds a block to the end of the row; a call opens at once when it is first. */
  add(block: QueuedBlock, events: StreamEvent[]): void {
    this.#row.push(block);
    if (this.#row.length === 1) this.#advance(events);
  }

  /** Adds text to a block that is not done. */
  append(block: QueuedBlock, text: string, events: StreamEvent[]): void {
    if (text === "") return;
    block.hasText = true;
    if (block === this.#row[0] && block.start !== undefined) {
      if (!block.isOpen) this.#open(block, block.start, events);
      events.push({ type: "block-delta", text });
    } else {
      block.waiting += text;
      this.#waiting += text.length;
    }
  }

  /** Says what a block is, when that was not known at first. */
  name(block: QueuedBlock, start: BlockStart, events: StreamEvent[]): void {
    block.start = start;
    if (block === this.#row[0]) this.#advance(events);
  }

  /** Says that no more text comes for a block. */
  finish(block: QueuedBlock, events: StreamEvent[]): void {
    block.isDone = true;
    if (block === this.#row[0]) this.#advance(events);
  }

  /** Finishes all blocks: the answer is over. */
  finishAll(events: StreamEvent[]): void {
    for (const block of this.#row) block.isDone = true;
    this.#advance(events);
  }

  /** Tells all that can be told: finished blocks to their end, then what the next one has. */
  #advance(events: StreamEvent[]): void {
    for (let block = this.#row[0]; block !== undefined; block = this.#row[0]) {
      if (block.start !== undefined) this.#tell(block, block.start, events);
      if (!block.isDone) return;
      if (block.isOpen) events.push(endOf(block));
      this.#waiting -= block.start === undefined ? block.waiting.length : 0;
      this.#row.shift();
    }
  }

  #tell(block: QueuedBlock, start: BlockStart, events: StreamEvent[]): void {
    if (!block.isOpen && isWorthOpening(block, start)) this.#open(block, start, events);
    if (block.waiting === "") return;
    this.#waiting -= block.waiting.length;
    events.push({ type: "block-delta", text: block.waiting });
    block.waiting = "";
  }

  #open(block: QueuedBlock, start: BlockStart, events: StreamEvent[]): void {
    block.isOpen = true;
    events.push({ type: "block-start", block: start });
  }
}

/** Calls and opaque content say something by being there; words and thoughts only with text. */
function isWorthOpening(block: QueuedBlock, start: BlockStart): boolean {
  if (start.type === "tool-call" || start.type === "opaque") return true;
  return block.waiting !== "" || (block.isDone && block.signature !== undefined);
}

function endOf({ signature }: QueuedBlock): StreamEvent {
  return signature === undefined ? { type: "block-end" } : { type: "block-end", signature };
}
